/** The shape of a table of commands: by the command's name, what it does to the room and its image. */
import type { Command, CommandName } from "../../session/keys";
import type { Room } from "../room";
import type { Stage } from "../stage";

export type Handler<Name extends CommandName> = (room: Room, stage: Stage, command: Extract<Command, { do: Name }>) => void;

/** One per area; a command that no table names is not shown on `?`, and its key does nothing. */
export type Commands = { readonly [Name in CommandName]?: Handler<Name> };
