"""Makes the benchmark's data set in an empty database (`lookit demo --large`), starts the server, asks it, and prints one
table.

Nothing but the loopback is talked to; every loop is bounded.
"""

import http.client, json, os, re, statistics, subprocess, sys, tempfile, time, urllib.parse, uuid

NS = uuid.UUID("00000000-0000-5000-8000-00000000beef")
USERS = 2000
RESPONSES = int(os.environ.get("LOOKIT_BENCH_RESPONSES", "20000"))
SECONDS = int(os.environ.get("LOOKIT_BENCH_SECONDS", "5"))
PORT = 18080
BINARY = os.environ["LOOKIT_BINARY"]
ADMIN = os.environ["LOOKIT_TEST_POSTGRES_URL"]
DATABASE = ADMIN.rsplit("/", 1)[0] + "/bench"
# Accounts of the data set.
PASSWORD = "bench-password-2026"
RESEARCHER = ("researcher@bench.example", "bench password of a researcher")


def ident(kind, index):
    return str(uuid.uuid5(NS, f"{kind}-{index}"))


def psql(sql, *, database=DATABASE):
    return subprocess.run(
        ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def load(environment):
    psql("create database bench", database=ADMIN)
    subprocess.run(
        [BINARY, "demo", "--large", "--responses", str(RESPONSES)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    psql("vacuum analyze")


def post(path, form, cookie=""):
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
        "Cookie": cookie,
    }
    return ask("POST", path, headers, urllib.parse.urlencode(form))


def sign_in(email, password):
    """The cookie of a new session, with its second factor where the account has one."""
    status, _, answer = post("/login", {"email": email, "password": password})
    assert status == 303, (email, status)
    cookie = answer["set-cookie"].split(";")[0]
    if answer["location"].startswith("/second-factor"):
        _, page, _ = ask("GET", "/second-factor", {"Cookie": cookie})
        code = re.search(rb'id="demo-code">(\d+)', page)[1].decode()
        status, _, answer = post("/second-factor", {"code": code}, cookie)
        assert status == 303, (email, status)
        # The session goes on under a new token.
        cookie = answer["set-cookie"].split(";")[0]
    return cookie


class Server:
    def __init__(self, environment):
        began = time.monotonic()
        self.process = subprocess.Popen([BINARY, "serve"], env=environment)
        while not self.is_up():
            if time.monotonic() - began > 20:
                sys.exit("the server does not start")
            time.sleep(0.005)
        self.cold_start = time.monotonic() - began

    def is_up(self):
        try:
            return ask("GET", "/health")[0] == 200
        except OSError:
            return False

    def cpu(self):
        """CPU seconds so far of the server, and of the database with its reaped and living processes."""
        ticks = os.sysconf("SC_CLK_TCK")

        def of(pid, children):
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            except (
                FileNotFoundError
            ):  # a process of the database that has ended; its parent has counted it
                return 0
            return sum(int(x) for x in fields[11 : 15 if children else 13]) / ticks

        postmaster = int(open(os.path.join(os.environ["PG_DIR"], "data/postmaster.pid")).readline())
        living = open(f"/proc/{postmaster}/task/{postmaster}/children").read().split()
        return of(self.process.pid, False), of(postmaster, True) + sum(
            of(pid, False) for pid in living
        )

    def memory(self, name):
        return (
            int(re.search(name + r":\s+(\d+)", open(f"/proc/{self.process.pid}/status").read())[1])
            / 1024
        )


def ask(method, path, headers=None, body=None, host=f"localhost:{PORT}"):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    connection.request(method, path, body, {"Host": host, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.read(), dict(answer.getheaders())


def wrk(path, headers, connections, seconds, script=None):
    command = [
        "wrk",
        "-t2" if connections > 1 else "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "--latency",
        "-H",
        f"Host: localhost:{PORT}",
    ]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", script]
    out = subprocess.run(
        command + [f"http://127.0.0.1:{PORT}{path}"], check=True, capture_output=True, text=True
    ).stdout
    milliseconds = (
        lambda text: float(re.match(r"[\d.]+", text)[0])
        * {"us": 0.001, "ms": 1, "s": 1000}[re.search(r"[a-z]+$", text)[0]]
    )
    percentile = lambda p: milliseconds(re.search(rf"^\s+{p}%\s+(\S+)$", out, re.MULTILINE)[1])
    count = int(re.search(r"(\d+) requests in", out)[1])
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return (
        count,
        float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        percentile(50),
        percentile(99),
        int(failed[1]) if failed else 0,
    )


def statements(path, headers):
    """Statements that one request sends, counted in the database's log."""
    log = os.path.join(os.environ["PG_DIR"], "server.log")
    ask("GET", path, headers)
    before = os.path.getsize(log)
    ask("GET", path, headers)
    time.sleep(0.2)
    with open(log) as file:
        file.seek(before)
        return len(
            re.findall(r"LOG:  (?:execute [^:]*|statement): (?!BEGIN|COMMIT|ROLLBACK)", file.read())
        )


def main():
    environment = {
        **os.environ,
        "LOOKIT_DATABASE_URL": DATABASE,
        "LOOKIT_LISTEN": f"127.0.0.1:{PORT}",
        "LOOKIT_SITE_ORIGIN": f"http://localhost:{PORT}",
        "LOOKIT_RUN_ORIGIN": f"http://run.localhost:{PORT}",
        "LOOKIT_LOG": "warn",
        "LOOKIT_CLIENT_ADDRESS": "XRealIp",
    }
    files = tempfile.TemporaryDirectory()
    environment |= {
        "LOOKIT_MAIL_URL": f"file://{files.name}/outbox",
        "LOOKIT_STORAGE_URL": f"file://{files.name}/files",
    }
    began = time.monotonic()
    load(environment)
    print(
        f"data set made in {time.monotonic() - began:.0f} s: {RESPONSES} responses, {RESPONSES * 15} frames\n"
    )
    server = Server(environment)
    try:
        measure(server)
    finally:
        server.process.terminate()
        server.process.wait(20)


def measure(server):
    print(
        f"cold start {server.cold_start * 1000:.0f} ms, idle memory {server.memory('VmRSS'):.0f} MB\n"
    )
    study = ident("study", 0)
    family = {"Cookie": sign_in("p0001@bench.example", PASSWORD)}
    researcher = {"Cookie": sign_in(*RESEARCHER)}
    pages = [
        ("home", "/", {}),
        ("home, signed in", "/", family),
        ("study list", "/studies", {}),
        ("study list, signed in", "/studies", family),
        ("study page", f"/studies/{study}", {}),
        ("study page, signed in", f"/studies/{study}", family),
        ("children", "/account/children", family),
        ("past studies", "/studies/history", family),
        ("lab's studies", "/exp/studies", researcher),
        ("a study's desk", f"/exp/studies/{study}", researcher),
        ("its design", f"/exp/studies/{study}/design", researcher),
        ("its review", f"/exp/studies/{study}/review", researcher),
        ("responses, page 1", f"/exp/studies/{study}/responses", researcher),
        ("one response", f"/exp/responses/{ident('response', 0)}", researcher),
        ("families, page 1", "/exp/participants", researcher),
        ("one family", f"/exp/participants/{ident('user', 1)}", researcher),
        ("a lab's members", f"/exp/labs/{ident('lab', 0)}/members", researcher),
        ("a study's people", f"/exp/studies/{study}/people", researcher),
    ]
    print(
        "| request | req/s at c=16 | p50 / p99 ms | CPU-ms app + database | statements | failed |\n|---|---|---|---|---|---|"
    )

    def row(name, path, headers, connections=16, script=None, count_statements=True):
        wrk(path, headers, connections, 1, script)
        before = server.cpu()
        count, rate, p50, p99, failed = wrk(path, headers, connections, SECONDS, script)
        after = server.cpu()
        cost = [(b - a) * 1000 / max(count, 1) for a, b in zip(before, after)]
        number = "-"
        if count_statements:
            psql("alter system set log_statement = 'all'", database=ADMIN)
            psql("select pg_reload_conf()", database=ADMIN)
            time.sleep(0.3)
            number = statements(path, headers)
            psql("alter system reset log_statement", database=ADMIN)
            psql("select pg_reload_conf()", database=ADMIN)
        print(
            f"| {name} | {rate:.0f} | {p50:.1f} / {p99:.1f} | {cost[0]:.2f} + {cost[1]:.2f} | {number} | {failed} |",
            flush=True,
        )

    for name, path, headers in pages:
        assert ask("GET", path, headers)[0] == 200, (name, ask("GET", path, headers)[0])
        row(name, path, headers)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(
            f"n = 0\nrequest = function()\n n = (n + 1) % {USERS}\n return wrk.format('POST', '/login', {{['Host'] = 'localhost:{PORT}', ['Content-Type'] = 'application/x-www-form-urlencoded', ['Sec-Fetch-Site'] = 'same-origin'}}, string.format('email=p%04d%%40bench.example&password={PASSWORD}', n))\nend\n"
        )
        file.flush()
        row(
            "sign-in (argon2id), c=4",
            "/login",
            {},
            connections=4,
            script=file.name,
            count_statements=False,
        )
    known_and_unknown()
    preview(study, researcher)
    run(server, study, family, frames(study, researcher))
    download(server, study, researcher)
    print(
        f"\npeak memory {server.memory('VmHWM'):.0f} MB after everything, program {os.path.getsize(BINARY) / 1e6:.0f} MB"
    )
    for name, path in [
        ("islands' wasm", os.path.join(os.environ["LOOKIT_SITE_ROOT"], "pkg/app.wasm")),
        ("player's wasm", os.path.join(os.environ["LOOKIT_PLAYER_ROOT"], "player_bg.wasm")),
        ("player's script", os.path.join(os.environ["LOOKIT_PLAYER_ROOT"], "player.js")),
        ("style sheet", os.path.join(os.environ["LOOKIT_SITE_ROOT"], "pkg/app.css")),
    ]:
        print(
            f"{name}: {os.path.getsize(path) / 1000:.0f} kB, brotli {os.path.getsize(path + '.br') / 1000:.0f} kB"
        )


def preview(study, researcher):
    """Time from the last keystroke in the editor to the first frame in the preview pane, in Chromium."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench-preview.mjs")
    result = subprocess.run(
        [
            "node",
            script,
            f"http://localhost:{PORT}",
            f"/exp/studies/{study}/design",
            researcher["Cookie"].split("=", 1)[1],
        ],
        capture_output=True,
        text=True,
        timeout=180,
    )
    print(
        "\n"
        + (
            result.stdout.strip()
            or f"the preview could not be measured: {result.stderr.strip()[-400:]}"
        ),
        flush=True,
    )


def known_and_unknown(pairs=150):
    """Whether the time of an answer tells if an address has an account: known and unknown addresses in turn, each from a
    client address of its own. The noise is what the unknown ones differ among themselves."""
    print("\n| form | known ms | unknown ms | difference | noise |\n|---|---|---|---|---|")
    forms = {
        "/login": lambda address: {"email": address, "password": "not the password"},
        "/forgot-password": lambda address: {"email": address},
        "/signup": lambda address: {
            "email": address,
            "password": "three odd socks dancing",
            "password_again": "three odd socks dancing",
        },
    }
    for number, (path, form) in enumerate(forms.items()):
        times = {"known": [], "unknown": []}
        statuses = set()
        for n in range(pairs + 10):
            for kind, address in [
                ("known", f"p{100 + n:04d}@bench.example"),
                ("unknown", f"x{number}{n:04d}@bench.example"),
            ][:: 1 if n % 2 else -1]:
                began = time.perf_counter()
                answer = ask(
                    "POST",
                    path,
                    {
                        "Content-Type": "application/x-www-form-urlencoded",
                        "Sec-Fetch-Site": "same-origin",
                        "X-Real-IP": f"10.{len(path)}.{n % 250}.{2 * (n // 250) + (kind == 'known')}",
                    },
                    urllib.parse.urlencode(form(address)),
                )
                if n >= 10:
                    times[kind].append((time.perf_counter() - began) * 1000)
                # The last part of a sign-up's address is its own.
                location = answer[2].get("location", "").rpartition("/")[0]
                statuses.add((answer[0], location))
        assert len(statuses) == 1, statuses
        middle = {kind: statistics.median(values) for kind, values in times.items()}
        odd, even = statistics.median(times["unknown"][::2]), statistics.median(
            times["unknown"][1::2]
        )
        print(
            f"| {path} | {middle['known']:.2f} | {middle['unknown']:.2f} | {middle['known'] - middle['unknown']:+.2f} | {abs(odd - even):.2f} |",
            flush=True,
        )


def frames(study, researcher):
    """What the first response of the data set holds: frame ids and their data, in the order of the run."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    connection.request(
        "GET",
        f"/exp/studies/{study}/responses.json",
        headers={"Host": f"localhost:{PORT}", **researcher},
    )
    answer = connection.getresponse()
    answer.readline()
    first = json.loads(answer.readline().rstrip().rstrip(b","))
    connection.close()
    return [(name, first["exp_data"][name]) for name in first["response"]["sequence"]]


def run(server, study, family, frames, runs=40):
    """Runs of 15 frames, one after the other: start, enter, document, 15 entries, end."""
    host = f"run.localhost:{PORT}"
    child = ident("child", 1)
    times, began, before = [], time.monotonic(), server.cpu()
    for number in range(runs):
        headers = {
            **family,
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        status, _, answer = ask(
            "POST", f"/studies/{study}/start", headers, f"child={child}&start_over=1"
        )
        assert status == 303 and "/run/" in answer["location"], (status, answer)
        path, ticket = answer["location"].split(host)[1].split("#")
        json_headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        _, _, entered = ask(
            "POST", f"{path}/enter", json_headers, json.dumps({"ticket": ticket}), host
        )
        json_headers["Cookie"] = entered["set-cookie"].split(";")[0]
        assert ask("GET", f"{path}/document", json_headers, None, host)[0] == 200
        for k, (name, data) in enumerate(frames):
            entry = {
                "id": str(uuid.UUID(int=(1 << 100) | (number << 8) | k)),
                "number": k + 1,
                "type": "frame",
                "frame_id": name,
                "position": k,
                "next": k + 1,
                "data": data,
                "completes": k == 14,
            }
            at = time.monotonic()
            status, body, _ = ask(
                "POST", f"{path}/entries", json_headers, json.dumps({"entries": [entry]}), host
            )
            times.append((time.monotonic() - at) * 1000)
            assert status == 200 and json.loads(body)["kept"], body
        ask(
            "POST",
            f"{path}/entries",
            json_headers,
            json.dumps(
                {
                    "entries": [
                        {
                            "id": str(uuid.UUID(int=(1 << 100) | (number << 8) | 15)),
                            "number": 16,
                            "type": "finish",
                        }
                    ]
                }
            ),
            host,
        )
    after, took = server.cpu(), time.monotonic() - began
    times.sort()
    print(
        f"\none run (start + 15 frames + end): {(after[0] - before[0]) * 1000 / runs:.1f} + {(after[1] - before[1]) * 1000 / runs:.1f} CPU-ms, {runs / took:.1f} runs/s one at a time, a frame p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms"
    )


def download(server, study, researcher):
    before = server.memory("VmRSS")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    began = time.monotonic()
    connection.request(
        "GET",
        f"/exp/studies/{study}/responses.json",
        headers={"Host": f"localhost:{PORT}", **researcher},
    )
    answer = connection.getresponse()
    size, first, peak = 0, None, before
    while chunk := answer.read(1 << 20):
        first = first or time.monotonic() - began
        size += len(chunk)
        peak = max(peak, server.memory("VmRSS"))
    print(
        f"download of all responses as JSON: {size / 1e6:.0f} MB in {time.monotonic() - began:.1f} s, first byte {first:.2f} s, extra memory {peak - before:.0f} MB"
    )


main()
