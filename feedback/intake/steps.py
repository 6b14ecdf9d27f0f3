"""The order of the questions: which comes next, and which came before."""

# route name -> whether its answer is there. The first that is missing comes next, so a "Change" link needs no memory.
STEPS = {
    "start": lambda answers: answers.get("kind"),
    "what": lambda answers: answers.get("category"),
    "also": lambda answers: not answers.get("also"),
    "where": lambda answers: "routed" in answers,
    "ward": lambda answers: not answers.get("routed", {}).get("replaced"),
    "known": lambda answers: answers.get("known") != "ask",
    "spot": lambda answers: "spot" in answers,
    "details": lambda answers: answers.get("text"),
    "photos": lambda answers: "photos" in answers,
    "contact": lambda answers: "reach" in answers,
    "reach": lambda answers: answers.get("reach") != "yes" or "contact" in answers,
}

BEFORE = {
    "what": "start",
    "also": "what",
    "where": "what",
    "outside": "where",
    "area": "where",
    "ward": "area",
    "known": "where",
    "spot": "where",
    "details": "spot",
    "photos": "details",
    "contact": "photos",
    "reach": "contact",
    "check": "contact",
    "lost": "start",
}


def next_step(answers: dict) -> str:
    """The route name of the first question without an answer, or of the page that checks them all."""
    return "intake:" + next((name for name, done in STEPS.items() if not done(answers)), "check")


def step_before(name: str, answers: dict) -> str:
    """Where "Back" leads from step `name`: to the check page once all is answered."""
    if name != "check" and next_step(answers) == "intake:check":
        return "intake:check"
    return "intake:" + BEFORE[name]
