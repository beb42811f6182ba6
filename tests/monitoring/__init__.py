"""What is installed beside the operator to watch it: alerts, dashboard, runbooks."""
