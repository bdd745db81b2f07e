"""Settings that every test shares: deterministic examples, no deadline (the machine may be busy)."""

from hypothesis import HealthCheck, settings

# The suite draws the same examples every time; `--hypothesis-profile=explore` looks for new ones.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", deadline=None, max_examples=300, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")
