"""Questions: one small class per verb that a sweep can ask."""
