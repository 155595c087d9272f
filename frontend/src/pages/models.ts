/** Models: the list sorts and can be taken along. */
import "./learning.css";

import { followTables } from "../tables/sort";

followTables(document);
