"""Starts a server with the demo in it, sends it hostile requests, 200 of each kind at a time, and
asks for the home page every 50 ms all the while. Prints what came of each kind, the peak memory of
the server and how long the home page took. Fails where memory or time passes its limit, where an
answer is 500, or where the server dies.

Nothing but the loopback is talked to; every wait and every loop is bounded. The attackers are a
process of their own with a lower priority, so that what is measured is the server and not the race
for the processor.
"""

import asyncio
import functools
import http.client
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid
import zlib
from collections import Counter

AT_ONCE = int(os.environ.get("LOOKIT_HOSTILE_AT_ONCE", "200"))
# Each kind goes on for this long, wave after wave; no wave may last longer than the second figure.
SECONDS, LONGEST = 5, 40
MOST_MEMORY, MOST_TIME = 300, 100
# The server is stopped here, before it takes the whole machine.
TOO_MUCH_MEMORY = 3000
ONLY = os.environ.get("LOOKIT_HOSTILE_ONLY", "")
PORT = 18081
SITE, RUN = f"localhost:{PORT}", f"run.localhost:{PORT}"
BINARY = os.environ["LOOKIT_BINARY"]
MB = 1024 * 1024


# -- what is sent ---------------------------------------------------------------------------------


def head(method, path, host=SITE, length=None, client="", **headers):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines += ["Sec-Fetch-Site: same-origin", f"Content-Length: {length}"]
    if client:
        lines.append(f"X-Real-IP: {client}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def posted(path, body, kind="application/x-www-form-urlencoded", **more):
    return [head("POST", path, length=len(body), Content_Type=kind, **more), body]


def form(path, fields, **more):
    return posted(path, urllib.parse.urlencode(fields).encode(), **more)


def got(path, **more):
    return [head("GET", path, **more)]


def address(number):
    """A client of its own for each request, in a network of its own."""
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"


@functools.cache
def picture(side):
    """A PNG of one colour: small to send, large to decode."""

    def chunk(kind, data):
        checked = kind + data
        return len(data).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")

    size = side.to_bytes(4, "big") * 2
    packer, row = zlib.compressobj(9), b"\0" * (1 + side * 4)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    parts = [chunk(b"IHDR", size + b"\x08\x06\0\0\0"), chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def multipart(field, name, content):
    disposition = f'form-data; name="{field}"; filename="{name}"'
    before = f"--x\r\nContent-Disposition: {disposition}\r\nContent-Type: image/png\r\n\r\n"
    return before.encode() + content + b"\r\n--x--\r\n"


@functools.cache
def growing():
    """Protocols of a few megabytes that become terabytes when they are played."""
    frame = {"kind": "exp-lookit-text", "blocks": [{"text": "x" * (MB * 3 // 2)}]}
    names = {"frames": {"f": frame}, "sequence": ["f"] * 300_000}
    common = {
        "kind": "group",
        "commonFrameProperties": frame,
        "frameList": [{}] * 300_000,
    }
    table = {
        "kind": "group",
        "parameters": {f"P{n}": f"P{n + 1}" for n in range(100_000)},
        "frameList": [{"kind": "exp-lookit-text", "blocks": [{"text": "P0"}]}] * 1000,
    }
    deep = '{"frames":{"f":' + '{"a":' * 200_000 + "1" + "}" * 200_000 + '},"sequence":["f"]}'
    whole = lambda group: json.dumps({"frames": {"g": group}, "sequence": ["g"]})
    return [text.encode() for text in (json.dumps(names), whole(common), whole(table), deep)]


STRANGE = [
    "/%00",
    "/studies/%00",
    "/studies/%ff",
    "/studies/%2e%2e/%2e%2e/etc/passwd",
    "/studies?search=%00",
    "/studies?page=99999999999999999999",
    "/link/%00.%00.%00.%00",
    "/pictures/%2e%2e%2fx.png",
    "/labs/" + "a" * 10_000,
    "/studies?search=" + "%61" * 3000,
]


def kinds(stage):
    """Name and maker of every kind of request; a maker is told the number of the request."""
    pairs = b"a&" * (8 * MB)
    words = urllib.parse.urlencode(
        {"password": "correct horse battery staple " * 9, "known": "word " * 20_000}
    ).encode()
    design = f"/exp/studies/{stage['study']}/design"
    upload = "multipart/form-data; boundary=x"
    researcher, family = stage["researcher"], stage["family"]
    nested = json.dumps({"expression": "(" * 60_000 + "a" + ")" * 60_000, "ages": stage["ages"]})

    def rating(n):
        return posted(stage["rating"], words, client=address(n))

    def pairs_of_visitors(n):
        return posted("/login", pairs, client=address(n))

    def pairs_of_researchers(n):
        return posted(design, pairs, Cookie=researcher)

    def protocol(n):
        path = f"/exp/studies/{stage['study']}/check"
        return posted(path, growing()[n % len(growing())], "text/plain", Cookie=researcher)

    def upload_picture(n):
        path = f"/exp/studies/{stage['study']}/image"
        # As large as a picture may be, and larger.
        large = multipart("image", "x.png", picture((4200, 8000)[n % 2]))
        return posted(path, large, upload, Cookie=researcher)

    def wrong_password(n):
        fields = {"email": f"nobody{n}@example.org", "password": f"not the password {n}"}
        return form("/login", fields, client=address(n))

    def sign_up(n):
        password = f"three odd socks dancing {n}"
        fields = {"email": f"new{n}@example.org", "password": password, "password_again": password}
        return form("/signup", fields, client=address(n))

    def forgotten(n):
        return form("/forgot-password", {"email": f"x{n}@example.org"}, client=address(n))

    def entries(n):
        one = lambda k: {
            "id": str(uuid.UUID(int=(2 << 100) | (n << 8) | k)),
            "number": n * 20 + k + 1,
            "type": "frame",
            "frame_id": f"{k}-page",
            "position": k,
            "next": k + 1,
            "data": {"text": "x" * 40_000},
        }
        body = json.dumps({"entries": [one(k) for k in range(20)]}).encode()
        path, cookie = stage["run"]
        return posted(f"{path}/entries", body, "application/json", host=RUN, Cookie=cookie)

    def strange(n):
        return got(STRANGE[n % len(STRANGE)], Cookie=family)

    def criteria(n):
        return posted("/exp/criteria", nested.encode(), "application/json", Cookie=researcher)

    def hook(n):
        path = f"/hooks/external/{stage['study']}"
        return posted(path, b'{"response":"' + b"x" * 60_000 + b'"}', "application/json")

    def copy(n):
        return form("/account/copy", {"copy_password": "wrong"}, Cookie=family)

    return {
        "password ratings": rating,
        "16 MB of a&a&a, visitors": pairs_of_visitors,
        "16 MB of a&a&a, a researcher": pairs_of_researchers,
        "bodies that never end": slow_body,
        "headers that never end": slow_headers,
        "protocols that grow": protocol,
        "huge pictures": upload_picture,
        "wrong passwords": wrong_password,
        "sign-ups": sign_up,
        "forgotten passwords": forgotten,
        "entries of one run": entries,
        "strange addresses": strange,
        "nested criteria": criteria,
        "reports of other sites": hook,
        "copies of data": copy,
    }


def slow_body(n):
    yield head("POST", "/login", length=100_000, Content_Type="text/plain", client=address(n))
    yield from (b"a" for _ in range(LONGEST))


def slow_headers(n):
    yield f"GET / HTTP/1.1\r\nHost: {SITE}\r\n".encode()
    yield from (f"X-{number}: 1\r\n".encode() for number in range(LONGEST))


# -- sending --------------------------------------------------------------------------------------


async def send(parts, is_slow):
    """Status of the answer, or what became of the connection."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    except OSError:
        return "no connection"
    try:
        return await asyncio.wait_for(talk(reader, writer, parts, is_slow), LONGEST)
    except TimeoutError:
        return "no answer"
    except OSError:
        return "cut off"
    finally:
        writer.close()


async def talk(reader, writer, parts, is_slow):
    answer = asyncio.create_task(reader.read(64 * 1024))
    try:
        for part in parts:
            for at in range(0, len(part), 64 * 1024):
                if answer.done():
                    break
                writer.write(part[at : at + 64 * 1024])
                await writer.drain()
            if is_slow:
                await asyncio.wait([answer], timeout=1)
            if answer.done():
                break
    except OSError:
        pass  # The server answers before it has read everything, and hangs up.
    status = re.match(rb"HTTP/1.1 (\d+)", await answer)
    while await reader.read(64 * 1024):
        pass
    return status[1].decode() if status else "cut off"


async def waves(make, is_slow):
    """Sends wave after wave, and counts what came of it."""
    outcomes, number, began = Counter(), 0, time.monotonic()
    while time.monotonic() - began < SECONDS:
        wave = (send(make(number + k), is_slow) for k in range(AT_ONCE))
        outcomes.update(await asyncio.gather(*wave))
        number += AT_ONCE
    return outcomes


def attack(stage, name, results):
    os.nice(10)
    make = kinds(stage)[name]
    results.send("ready")
    results.recv()
    results.send(asyncio.run(waves(make, make in (slow_body, slow_headers))))


async def home(times):
    began = time.monotonic()
    answer = await send(got("/"), is_slow=False)
    times.append((time.monotonic() - began) * 1000 if answer == "200" else float("inf"))


async def watch_until_told(times, told):
    """Asks for the home page every 50 ms, whether or not the last answer is there."""
    asking = []
    while not told.is_set():
        asking.append(asyncio.create_task(home(times)))
        await asyncio.sleep(0.05)
    await asyncio.gather(*asking)


def watch(told, results):
    times = []
    asyncio.run(watch_until_told(times, told))
    results.send(times)


# -- the server -----------------------------------------------------------------------------------


class Server:
    def __init__(self, environment, log):
        self.environment, self.log = environment, log
        self.start()

    def start(self):
        self.process = subprocess.Popen([BINARY, "all"], env=self.environment, stderr=self.log)
        for _ in range(400):
            try:
                if ask("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        sys.exit("the server does not start")

    def is_alive(self):
        return self.process.poll() is None

    def memory(self, name):
        """In MB; without end where the server died."""
        try:
            status = open(f"/proc/{self.process.pid}/status").read()
            return int(re.search(name + r":\s+(\d+)", status)[1]) / 1024
        except (OSError, TypeError):
            return float("inf")

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()


def ask(method, path, headers=None, body=None, host=SITE):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Host": host, "Sec-Fetch-Site": "same-origin", **(headers or {})}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace"), dict(answer.getheaders())


def ask_form(path, fields, cookie=""):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return ask("POST", path, headers, urllib.parse.urlencode(fields))


def sign_in(email, password):
    status, page, answer = ask_form("/login", {"email": email, "password": password})
    assert status == 303, (email, status, page[-300:])
    cookie = answer["set-cookie"].split(";")[0]
    if answer["location"].startswith("/second-factor"):
        _, page, _ = ask("GET", "/second-factor", {"Cookie": cookie})
        code = re.search(r'id="demo-code">(\d+)', page)[1]
        status, _, answer = ask_form("/second-factor", {"code": code}, cookie)
        assert status == 303, (email, status)
        # The session may go on under another token.
        cookie = answer.get("set-cookie", cookie).split(";")[0]
    return cookie


def begin_run(study, family):
    """Address and key of a run of one of the family's children."""
    _, page, _ = ask("GET", f"/studies/{study}", {"Cookie": family})
    child = re.search(r'name="child"[^>]*value="([0-9a-f-]{36})"', page)
    child = child or re.search(r'value="([0-9a-f-]{36})"[^>]*name="child"', page)
    fields = {"child": child[1], "start_over": "1"}
    status, _, answer = ask_form(f"/studies/{study}/start", fields, family)
    assert status == 303 and "/run/" in answer["location"], (status, answer)
    path, ticket = urllib.parse.urlsplit(answer["location"])[2::2]
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"ticket": answer["location"].split("#")[1]})
    _, _, entered = ask("POST", f"{path}/enter", headers, body, RUN)
    return path, entered["set-cookie"].split(";")[0]


def set_stage(demo):
    """What the makers of requests need."""
    lines = re.findall(r"^\s+(\w+)\s+(\S+@\S+)\s+password: (.*)$", demo, re.M)
    accounts = {role: (email, password) for role, email, password in lines}
    family, researcher = sign_in(*accounts["family"]), sign_in(*accounts["researcher"])
    _, page, _ = ask("GET", "/studies", {"Cookie": family})
    study = re.search(r'href="/studies/([0-9a-f-]{36})[^"]*"[^>]*>[^<]*The cat who', page)
    study = study or re.search(r'href="/studies/([0-9a-f-]{36})', page)
    paths = ["/password/rating", "/api/app/islands/rate_password"]
    rating = next(path for path in paths if ask_form(path, {})[0] not in (404, 405))
    ages = ["min_years", "min_months", "min_days", "max_years", "max_months", "max_days"]
    return {
        "family": family,
        "researcher": researcher,
        "study": study[1],
        "rating": rating,
        "run": begin_run(study[1], family),
        "ages": dict.fromkeys(ages, 1),
    }


# -- measuring ------------------------------------------------------------------------------------


def percentile(times, part):
    times = sorted(times)
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("inf")


def suffer(server, stage, name):
    """Outcomes, peak memory in MB and times of the home page of one kind."""
    here, there = multiprocessing.Pipe()
    attacker = multiprocessing.Process(target=attack, args=(stage, name, there), daemon=True)
    attacker.start()
    there.close()
    here.recv()
    told, (seen, watched) = multiprocessing.Event(), multiprocessing.Pipe()
    watcher = multiprocessing.Process(target=watch, args=(told, watched), daemon=True)
    server.forget_peak()
    watcher.start()
    here.send("go")
    end = time.monotonic() + SECONDS + LONGEST + 10
    while not here.poll(0.1) and time.monotonic() < end:
        if server.is_alive() and server.memory("VmRSS") > TOO_MUCH_MEMORY:
            server.process.kill()
    outcomes = here.recv() if here.poll() else Counter({"attackers hang": 1})
    told.set()
    times = seen.recv() if seen.poll(LONGEST + 10) else [float("inf")]
    for process in (attacker, watcher):
        process.join(5)
        process.kill()
    return outcomes, server.memory("VmHWM"), times


def faults_of(outcomes, peak, times):
    if peak > MOST_MEMORY:
        yield f"{peak:.0f} MB"
    if percentile(times, 0.99) > MOST_TIME:
        yield f"home page p99 {percentile(times, 0.99):.0f} ms"
    if outcomes["500"]:
        yield f"{outcomes['500']} answers were 500"
    if outcomes["attackers hang"]:
        yield "the attackers did not come to an end"


def measure(server, stage):
    print("| hostile requests | answers | peak MB | home p50 / p99 / longest ms |")
    print("|---|---|---|---|")
    faults = []
    for name in kinds(stage):
        if ONLY not in name:
            continue
        outcomes, peak, times = suffer(server, stage, name)
        answers = ", ".join(f"{count} × {what}" for what, count in outcomes.most_common())
        took = " / ".join(f"{percentile(times, part):.0f}" for part in (0.5, 0.99, 1))
        print(f"| {name} | {answers} | {peak:.0f} | {took} |", flush=True)
        faults += [f"{name}: {fault}" for fault in faults_of(outcomes, peak, times)]
        if not server.is_alive():
            faults.append(f"{name}: the server died")
            server.start()
    return faults


def main():
    folder = tempfile.TemporaryDirectory()
    environment = {
        **os.environ,
        "LOOKIT_DATABASE_URL": f"sqlite://{folder.name}/lookit.db",
        "LOOKIT_MAIL_URL": f"file://{folder.name}/outbox",
        "LOOKIT_STORAGE_URL": f"file://{folder.name}/files",
        "LOOKIT_LISTEN": f"127.0.0.1:{PORT}",
        "LOOKIT_SITE_ORIGIN": f"http://{SITE}",
        "LOOKIT_RUN_ORIGIN": f"http://{RUN}",
        "LOOKIT_CLIENT_ADDRESS": "XRealIp",
        "LOOKIT_CLIENT_ADDRESS_HEADER": "X-Real-IP",
        "LOOKIT_LOG": "error",
    }
    demo = subprocess.run(
        [BINARY, "demo"], env=environment, check=True, capture_output=True, text=True
    ).stdout
    path = os.path.join(folder.name, "log")
    with open(path, "w") as log:
        server = Server(environment, log)
        try:
            faults = measure(server, set_stage(demo))
        finally:
            server.stop()
    if "panicked" in open(path).read():
        faults.append("something panicked; see the log above")
        print(open(path).read()[-4000:])
    print("\n" + ("\n".join(["Failed:", *faults]) if faults else "It held."))
    sys.exit(bool(faults))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
