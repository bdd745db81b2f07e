"""The page: models and sliders, answers that follow them, runs that outlive it. It asks, and computes nothing itself."""
