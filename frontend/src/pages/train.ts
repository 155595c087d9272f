/** Starting trainings: HTMX renews the plan while the form changes; fields of no use are put away; runs sort. */
import "./learning.css";

import { followTables } from "../tables/sort";
import { followEnter } from "./enter";
import { followConditions } from "./only-with";
import { followMeanings, markChanges, offerLearnable, outdatePreviews } from "./recipe-form";

followTables(document);
followConditions(document);
followEnter(document);
followMeanings(document);
markChanges(document);
outdatePreviews(document);
offerLearnable(document);
