restricted = ("proxmox.example.org", "router.example.org")
host = request.http_request.get_host() if request.http_request else ""
if host in restricted:
    return ak_is_group_member(request.user, name="Home Server Admins")
return True
