"""What is simulated: frozen, validated, serialisable definitions."""
