"""Routes of this room."""

from django.urls import path

from feedback.access import Act

from . import acts, areainsight, export, morning, photos, problems, queue, recording, together, undoing, views

app_name = "casework"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("morning-mail/", morning.morning, name="morning"),
    path("queue/", queue.queue, name="queue"),
    path("queue/saved/", queue.keep, name="keep"),
    path("queue/saved/<int:pk>/", queue.saved, name="saved"),
    path("queue/saved/<int:pk>/remove/", queue.forget, name="forget"),
    path("queue/together/", together.together, name="together"),
    path("queue/together/undo/", undoing.undo, name="undo"),
    path("problems/", problems.problems, name="problems"),
    path("problems/<int:pk>/", problems.problem_page, name="problem_page"),
    path("problems/<int:pk>/close/", problems.close, name="problem_close"),
    path("problems/<int:pk>/publish/", problems.publish, name="problem_publish"),
    path("insight/", areainsight.insight, name="insight"),
    path("insight/<slug:name>.csv", areainsight.as_csv, name="insight_csv"),
    path("insight/wards/<str:code>/", areainsight.ward, name="insight_ward"),
    path("force/", areainsight.force, name="force"),
    path("force/<slug:name>.csv", areainsight.force_csv, name="force_csv"),
    path("export/", export.export, name="export"),
    path("concerns/new/", recording.record, name="record"),
    path("concerns/<str:reference>/", views.concern, name="concern"),
    path("concerns/<str:reference>/photos/<int:number>/", photos.photo, name="photo"),
    *(path(f"concerns/<str:reference>/{act}/", getattr(acts, act), name=str(act)) for act in Act),
]
