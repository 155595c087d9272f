"""Terms of art that pages use, each explained in a sentence or two where it stands."""

from __future__ import annotations

TERMS: dict[str, tuple[str, str]] = {
    "gate": (
        "Gate set",
        "Cases drawn at random before any ranking, kept apart for ever, and read without a model's help. Student and "
        "champion are both judged on them; nothing is ever trained on them.",
    ),
    "held-out": (
        "Held-out patients",
        "Patients of the labelled ones that the predicting model had not learned from, and that chose nothing: neither "
        "the epoch nor a setting. They may be ranked cases; the gate set was drawn at random.",
    ),
    "pseudolabel": (
        "Pseudolabel",
        "A confident prediction of the champion, used as a label with a smaller weight. It counts as the model's word, "
        "never as a reader's, and a share of them is given to readers to check.",
    ),
    "non-inferior": (
        "Non-inferior within the margin",
        "The student may be a little worse, but with 95 % confidence by no more than the margin.",
    ),
    "random-arm": (
        "Random arm",
        "The control: the same recipe with as many labels, spent on cases drawn at random. Only what lies above it is "
        "the ranking's merit.",
    ),
    "champion": ("Champion", "The model in use: it ranks the worklist and makes the suggestions."),
    "interval": (
        "95 % interval",
        "Found by drawing the patients anew a thousand times (bootstrap): where the figure would probably lie with "
        "other patients of the same kind. Few cases make it wide.",
    ),
    "verdict": (
        "Verdicts",
        "Superior: the interval of the difference lies above 0. Inferior: below 0. Equivalent: within the margin on "
        "both sides, so there is no gain. Undecided: none of these; more gate cases would be needed.",
    ),
    "control-arm": (
        "Control arm",
        "The recipe that the others are held against: the same images, steps and augmentation, without the strategy in "
        "question. Only what lies above it is the strategy's merit.",
    ),
    "folds": (
        "Patient-grouped folds",
        "The patients are split into k parts with the findings spread evenly. Each part is predicted by a model that "
        "learned from the others, so every patient is judged once by a model that never saw them.",
    ),
    "holm": (
        "p after correction",
        "The chance of so large a difference if there were none, corrected for the number of arms (Holm): with twenty "
        "arms one would otherwise look better by luck.",
    ),
    "comparison-verdict": (
        "Verdicts",
        "Clear gain: the interval of the difference lies above 0, also after correction for the number of arms. Harm: "
        "below 0. Tie: within the margin on both sides. Undecided: none of these, so the cases are too few.",
    ),
    "trivial": (
        "Brightness alone",
        "Logistic regression on the mean, spread and histogram of each image. A network that is not clearly better has "
        "learned nothing about the finding.",
    ),
    "power": (
        "Power",
        "The chance that the interval of the difference will leave out 0, if the difference is as large as expected.",
    ),
    "score-correlation": (
        "Correlation of the two models",
        "How alike two models order cases of the same kind, 0 to 1. Two recipes on the same images usually agree "
        "(0.5 to 0.8), which makes their difference easier to see.",
    ),
    "labels": (
        "Labels spent",
        "Studies of the pool with at least one reader's answer in the training snapshot. Gate cases are not counted.",
    ),
    "auroc": (
        "AUROC",
        "How often a case with the finding gets a higher probability than a case without it: 0.5 is chance, 1 is "
        "perfect. The mean over findings is shown where nothing else is said.",
    ),
    "auprc": ("AUPRC", "Mean precision over all thresholds. Chance is the finding's share of the cases, not 0.5."),
    "dice": (
        "Dice",
        "Twice the area that model and reader both outline, over the sum of both areas: 1 is the same mask, 0 no "
        "overlap. Two empty masks agree and count 1.",
    ),
    "hd95": (
        "HD95",
        "How far the borders of both masks lie apart, in millimetres: 95 % of the border is nearer. A missed mask "
        "counts with the diagonal of the image. Where a file names no spacing, a pixel counts as 1 mm.",
    ),
    "quadratic-kappa": (
        "Quadratic kappa",
        "Agreement of predicted and true grade beyond chance; far misses count by the square of the distance. 1 is "
        "perfect, 0 is chance. Two radiologists often reach 0.7 to 0.8 with each other.",
    ),
    "vus": (
        "Volume under the ROC surface",
        "Of one case of each of three classes: how often the model tells which is which. Guessing gives 1 in 6.",
    ),
    "brier": ("Brier score", "Mean squared distance between probability and truth. 0 is perfect."),
    "balanced-accuracy": (
        "Balanced accuracy",
        "The mean of sensitivity and specificity at the point: a rare finding counts as much as its absence.",
    ),
    "coverage": (
        "Sets that hold the truth",
        "Instead of one answer the model may give a set: absent, present, both or none. The sets are built so that the "
        "truth is inside with the stated frequency in each class, however wrong the probabilities are (conformal "
        "prediction). Few calibration cases make them wide: they then say 'both' more often.",
    ),
    "subgroups": (
        "Groups",
        "The same figures within a group, and how far it is from all others together. p-values are adjusted for the "
        "number of groups (Holm). A group needs 5 cases with the finding and 5 without. Sites are pseudonyms, or names "
        "given with the import. A difference may have causes that are not in the table.",
    ),
    "maps": (
        "Do the maps mean anything?",
        "A heat map can look convincing and show only the image's edges. So all weights are drawn anew at random: if "
        "the map stays the same, it does not show what was learned (Adebayo et al. 2018).",
    ),
    "drift": (
        "Drift",
        "Images that came after the training, compared with those learned from: a permutation test on the network's "
        "embeddings, and how well a classifier tells old from new. It is drift when p is below 0.01 and that AUROC is "
        "at least 0.65. Below it, whether they come from other scanners, sites or people than before (another mix: "
        "p below 0.01 by permutation, adjusted by Holm).",
    ),
    "search": (
        "Search for settings",
        "Each trial trains with other settings and is judged on inner folds of the training part; patients that judge "
        "the run have no say. The first trial is the recipe as it stood.",
    ),
    "ece": (
        "ECE",
        "Expected calibration error: how far probabilities are from the share that was really present, over 15 bins.",
    ),
    "point": (
        "Chosen point",
        "The probability from which on a finding is called present. It is chosen on the calibration cases, never on "
        "those that are judged; 0.5 stands in while no reader has answered them.",
    ),
    "snapshot": (
        "Snapshot",
        "The frozen rows that a run learned from. Its hash tells whether two runs saw the same labels.",
    ),
    "simulated": (
        "Simulated readers",
        "Programs that answer from the known truth of phantom studies, with the mistakes of a confusion table. They "
        "use the same services as people and are marked wherever their work appears.",
    ),
    "aside": (
        "Not counted",
        "The words name a finding, but do not say that this patient has or has not got it now: they ask for it, speak "
        "of the past, recommend to look for it, or speak of the family. Such words never become a label.",
    ),
    "mesh": (
        "Headings",
        "Terms of the Medical Subject Headings, as indexers of medical literature write them: what is found, then how "
        "and where.",
    ),
    "policy": (
        "Policy",
        "How doubtful or indirect wording is taken: what hedges mean, whether a part implies its whole, whether “lungs "
        "are clear” says no to each finding. Labels of two policies are not the same labels.",
    ),
    "report-verdict": (
        "Answers",
        "Readers' answers to what a report was read as. They are about the text, not about the image.",
    ),
    "mention": (
        "Mention",
        "Whether the report says anything of the finding: present, absent or equivocal against nothing at all.",
    ),
    "negation": ("Negation", "Whether the report says that the finding is absent."),
    "uncertainty": ("Uncertainty", "Whether the report leaves open if the finding is there."),
    "presence": ("Presence", "Whether the report says that the finding is present."),
    "llm": (
        "Language model",
        "A model on the site's own network that is asked what a report says. It must quote the words; an answer whose "
        "quotes are not in the text is thrown away. Off unless the operator has set an address.",
    ),
}
