"""CSV in and out of what staff keep: people, postings, hubs, hours, teams, wards, meetings, priorities.

In the front hall, because it gathers from accounts, areas and hubs. `reading` makes rows of bytes, `cells` values of cells,
a table (`tables`) says what each column is and what may not be, `work` is done by the worker, `pages` show it.
"""
