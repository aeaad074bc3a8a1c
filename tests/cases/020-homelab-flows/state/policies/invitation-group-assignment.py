from authentik.core.models import Group

wanted = request.context.get("prompt_data", {}).get("group")
if wanted:
    group = Group.objects.filter(name=wanted).first()
    if group:
        group.users.add(request.context["pending_user"])
return True
