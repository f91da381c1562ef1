"""Configurations of nginx 1.22, a web server."""

from tests.real.engines import Software

_BASE = """
daemon off;
user nobody nogroup;
pid $folder/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path $folder/a;
    proxy_temp_path $folder/b;
    fastcgi_temp_path $folder/c;
    uwsgi_temp_path $folder/d;
    scgi_temp_path $folder/e;
"""


def nginx(*lines: str, listen: str = "3128") -> Software:
    """nginx with one server that has these lines."""
    server = "\n".join((f"listen {listen};", "root /usr/share/nginx/html;", "index index.html;", *lines))
    return Software("nginx", f"{_BASE}server {{\n{server}\n}}\n}}\n")
