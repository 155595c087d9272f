/** Starting trainings: HTMX renews the plan while the form changes; the list of runs sorts. */
import "./learning.css";

import { followTables } from "../tables/sort";

followTables(document);
