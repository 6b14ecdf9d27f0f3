"""How every room's rows of an area are kept: by staff admins, and by the team editor of that area."""

from accounts.admin_kept import KeptAdmin

from .models import Area


def edited_areas(request) -> set:
    """The ids of the areas that the signed-in person edits today; read once a request."""
    if not hasattr(request, "_edited_areas"):
        request._edited_areas = set(Area.objects.edited_by(request.user).values_list("pk", flat=True))
    return request._edited_areas


class AreaKeptAdmin(KeptAdmin):
    """Rows that belong to an area: a team editor keeps those of their own area, and chooses from nothing else."""

    area_path = "area"  # from the row to its area
    area_id_of = staticmethod(lambda obj: obj.area_id)
    editors_keep = True

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if self.sees_all(request):
            return rows
        return rows.filter(**{f"{self.area_path}__in": edited_areas(request)})

    def has_view_permission(self, request, obj=None):
        return self.sees_all(request) or self._edits(request, obj)

    def _edits(self, request, obj=None) -> bool:
        areas = edited_areas(request)
        return bool(areas) and (obj is None or self.area_id_of(obj) in areas)

    def _keeps(self, request, obj=None):
        return super()._keeps(request, obj) or (self.editors_keep and self._edits(request, obj))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **self._own_choices(db_field, request, kwargs))

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **self._own_choices(db_field, request, kwargs))

    def _own_choices(self, db_field, request, kwargs):
        """What the related list shows this person is what they may choose, also by a hand-made request.

        An editor who sees more, as an auditor does, still chooses from their own area.
        """
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if related is not None and "queryset" not in kwargs:
            rows = related.get_queryset(request)
            if isinstance(related, AreaKeptAdmin) and not request.user.keeps_whole_force:
                rows = rows.filter(**{f"{related.area_path}__in": edited_areas(request)})
            kwargs["queryset"] = rows
        return kwargs
