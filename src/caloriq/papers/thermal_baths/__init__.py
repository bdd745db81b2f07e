"""Local, global, Redfield and universal baths side by side: which of them obey the second law, and where each fails."""
