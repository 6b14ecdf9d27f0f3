"""What is drawn once for each stamp: the parts of public pages that hang on nothing but facts and a few values.

Any template may `{% load kept %}`; no app imports this module.
"""

from django import template

from accounts.caching import fact

register = template.Library()

# What belongs to one request or one person is not there to be drawn by mistake.
HIDDEN = {"request": None, "user": None, "perms": None, "messages": None, "csrf_token": None, "form": None}


class Kept(template.Node):
    def __init__(self, nodelist, values):
        self.nodelist, self.values = nodelist, values

    def render(self, context):
        request = context.get("request")
        name = "drawn:" + "/".join(str(value.resolve(context)) for value in self.values)
        return fact(request, name, lambda: self._drawn(context))

    def _drawn(self, context):
        with context.push(**HIDDEN):
            return self.nodelist.render(context)


@register.simple_tag(takes_context=True)
def act_field(context, field):
    """A field of the form of an act: kept where its form says that it is the same for everybody, else drawn each time."""

    def drawn():
        part = context.template.engine.get_template("_partials/field.html")
        return part.render(context.new({"field": field, "small": True, "size": "s"}))

    same = field.form.same_for_all(field.name)
    return fact(context["request"], f"act field:{same}", drawn) if same else drawn()


@register.tag
def kept(parser, token):
    """`{% kept "footer" %}...{% endkept %}`: what is inside, kept while the stamp holds that the request has read.

    Its name is followed by every value on which the part hangs: `{% kept "map" ward.code %}`. Inside there is no request,
    no person and no form. On pages that read no stamp it is drawn each time.
    """
    values = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    if not values:
        raise template.TemplateSyntaxError("kept needs a name")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, values)
