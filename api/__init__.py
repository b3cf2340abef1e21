"""The REST service: session gender and counts, churn, segments, health and metrics. It reads, and changes nothing."""
