"""How hypothesis tests the decision: without deadlines, since the machine may be busy."""

from hypothesis import settings

settings.register_profile("decision", deadline=None, max_examples=80)
settings.load_profile("decision")
