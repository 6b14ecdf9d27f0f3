"""The commander's and officers' side: dashboard, queue, one concern."""
