"""Tiles as openslide-python's examples serve them: a DeepZoomGenerator behind a WSGI server that has a thread for each request. Prints its address."""
import io, re, sys, threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from openslide import open_slide
from openslide.deepzoom import DeepZoomGenerator


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def opened():
    return DeepZoomGenerator(open_slide(sys.argv[1]), tile_size=256, overlap=0, limit_bounds=False)


tiles = opened()


def application(request, start):
    global tiles
    if request["PATH_INFO"] == "/open":
        tiles = opened()
    found = re.fullmatch(r"/slide_files/(\d+)/(\d+)_(\d+)\.jpeg", request["PATH_INFO"])
    if not found:
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]
    level, x, y = map(int, found.groups())
    file = io.BytesIO()
    tiles.get_tile(level, (x, y)).save(file, "jpeg", quality=80)
    start("200 OK", [("Content-Type", "image/jpeg"), ("Content-Length", str(file.tell()))])
    return [file.getvalue()]


server = make_server("127.0.0.1", 0, application, Threaded, Quiet)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
