/** How images are laid out and turned: viewports, planes, cine. */
import type { Commands } from "./table";

export const VIEW: Commands = {};
