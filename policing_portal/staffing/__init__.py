"""Moving people and covering for them: pages that gather from hubs, areas and feedback, for the admin and for commanders."""
