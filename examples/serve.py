"""Serves a model folder over HTTP with transformers. It needs torch and transformers, nothing else.

    python examples/serve.py runs/essays/model --port 8080
    curl localhost:8080/predict -d '{"inputs": "I am so sorry to hear that."}'

POST /predict takes one text, {"inputs": TEXT}, or several, {"inputs": [[TEXT], [TEXT]]}; [TEXT, SECOND] is a pair of texts. It
answers with the score of every label, the highest first, as Text Embeddings Inference does for the same request. Where the folder has a
threshold (kind: labels), "given" says which labels the text is given, as `ringmaster predict` does. GET /health answers 200.
"""

import argparse
import json
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from transformers import pipeline

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("folder", type=pathlib.Path, help="model folder, such as RUN_DIR/model")
arguments.add_argument("--host", default="127.0.0.1")
arguments.add_argument("--port", type=int, default=8080, help="0 takes a free port")


def threshold_of(folder):
    """The probability from which a label is given; None where a text has one class, or a value."""
    file = folder / "thresholds.json"
    if not file.exists():
        return None
    heads = json.loads((folder / "heads.json").read_text())["heads"]
    return json.loads(file.read_text()).get(next(h["task"] for h in heads if h.get("target")))


class Asked(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200 if self.path == "/health" else 404, {})

    def do_POST(self):
        if self.path != "/predict":
            return self.answer(404, {"error": f"{self.path} is not served: POST /predict"})
        try:
            inputs = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))["inputs"]
            one = isinstance(inputs, str) or isinstance(inputs[0], str)
            texts = [pair(text) for text in ([inputs] if one else inputs)]
        except (ValueError, KeyError, IndexError, TypeError):
            return self.answer(422, {"error": 'the body must be {"inputs": TEXT}, {"inputs": [[TEXT], [TEXT]]} or {"inputs": [TEXT, SECOND]}'})
        with self.server.one_at_a_time:
            scores = [self.server.ask(text) for text in texts]
        for given in scores if self.server.threshold is not None else []:
            for label in given:
                label["given"] = label["score"] >= self.server.threshold
        self.answer(200, scores[0] if one else scores)

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def pair(text):
    """What a pipeline takes for a text, or for a list of one or two."""
    texts = [text] if isinstance(text, str) else text
    if not 1 <= len(texts) <= 2 or not all(isinstance(t, str) for t in texts):
        raise ValueError(texts)
    return dict(zip(("text", "text_pair"), texts))


def main():
    options = arguments.parse_args()
    server = ThreadingHTTPServer((options.host, options.port), Asked)
    server.ask = pipeline("text-classification", model=str(options.folder), top_k=None, truncation=True)
    server.threshold, server.one_at_a_time = threshold_of(options.folder), threading.Lock()
    print(f"serving {options.folder} at http://{options.host}:{server.server_port}/predict", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
