"""Loads the benchmark's data set into an empty database, starts the server, asks it, and prints one table.

The data set is deterministic. Identifiers are UUIDv5 of "<kind>-<index>". Nothing but the loopback is talked to; every
loop is bounded.
"""

import base64, datetime as dt, hashlib, http.client, json, os, re, statistics, subprocess, sys, tempfile, time, urllib.parse, uuid

NS = uuid.UUID("00000000-0000-5000-8000-00000000beef")
T0 = dt.datetime(2026, 11, 23, tzinfo=dt.timezone.utc)
USERS, CHILDREN, STUDIES = 2000, 3000, 20
RESPONSES = int(os.environ.get("LOOKIT_BENCH_RESPONSES", "20000"))
SECONDS = int(os.environ.get("LOOKIT_BENCH_SECONDS", "5"))
FRAMES = (
    ["0-video-config", "1-video-consent", "2-instructions"]
    + [f"{k + 3}-test-trial-{k + 1}" for k in range(10)]
    + ["13-parent-survey", "14-exit-survey"]
)
PORT = 18080
BINARY = os.environ["LOOKIT_BINARY"]
ADMIN = os.environ["LOOKIT_TEST_POSTGRES_URL"]
DATABASE = ADMIN.rsplit("/", 1)[0] + "/bench"
PASSWORD = "bench-password-2026"


def ident(kind, index):
    return str(uuid.uuid5(NS, f"{kind}-{index}"))


def lcg(seed):
    x = (seed * 2654435761 + 12345) & 0xFFFFFFFF
    while True:
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        yield x


def stamp(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"


def created(i):
    return T0 - dt.timedelta(days=200) + dt.timedelta(minutes=14.4 * i)


def frame(k, study, response, t, r):
    fid, events = FRAMES[k], []
    vid = f"videoStream_{study}_{fid}_{response}_{int(t.timestamp() * 1000) + k * 30000}_{next(r) % 1000}"

    def event(name, n, records, **more):
        at = t + dt.timedelta(seconds=30 * k + 3 * n, milliseconds=next(r) % 1000)
        d = {"eventType": name, "timestamp": stamp(at)}
        if records:
            d.update(videoId=vid, pipeId="", streamTime=round((next(r) % 30000) / 1000, 3))
        d.update(more)
        events.append(d)

    common = lambda kind, seconds, **own: {
        "frameType": kind,
        **own,
        "frameDuration": seconds,
        "generatedProperties": None,
        "eventTimings": events,
    }
    if k == 0:
        for n in range(3):
            event("exp-video-config:recorderReady", n, False)
        event("nextFrame", 3, False)
        return common("DEFAULT", 41.2)
    if k == 1:
        for n, name in enumerate(["recorderReady", "startRecording", "stoppingCapture"]):
            event("exp-lookit-video-consent:" + name, n, True)
        event("nextFrame", 4, True)
        return common(
            "CONSENT",
            62.0,
            videoId=vid,
            videoList=[vid],
            consentFormText="Researchers led by Dr. Bench at Example University are running this study. "
            * 8,
        )
    if k == 2:
        event("exp-lookit-instructions:displayBlocks", 0, False)
        event("nextFrame", 1, False)
        return common("DEFAULT", 20.4)
    if 3 <= k <= 12:
        records = k in (3, 9)
        for n, name in enumerate(["startIntro", "startTestAudio", "startTestVideo"]):
            event("exp-lookit-images-audio:" + name, n, records)
        event("nextFrame", 3, records)
        own = {"videoId": vid, "videoList": [vid]} if records else {}
        image = lambda side: {
            "id": side,
            "src": "https://example.org/stim/img/%d.png" % (next(r) % 100),
            "position": side,
        }
        return common(
            "DEFAULT",
            15 + next(r) % 20,
            **own,
            hasBeenPaused=False,
            images=[image("left"), image("right")],
            selectedImage="left" if next(r) % 2 else "right",
            correctImage="left",
            correctChoiceSelected=bool(next(r) % 2),
            audioPlayed="https://example.org/stim/mp3/trial.mp3",
        )
    if k == 13:
        event("nextFrame", 0, False)
        return common(
            "DEFAULT",
            55.5,
            formData={
                **{
                    f"q{q}": ["never", "sometimes", "often", "always"][next(r) % 4]
                    for q in range(1, 13)
                },
                "free": "She mostly looked at the one on the left, and pointed twice.",
            },
        )
    event("nextFrame", 0, False)
    return common(
        "EXIT",
        33.1,
        withdrawal=False,
        databraryShare="yes",
        useOfMedia=["private", "scientific", "public"][next(r) % 3],
        birthDate="2022-03-0%dT00:00:00.000Z" % (1 + next(r) % 9),
        feedback="Fun study, thank you!" if next(r) % 3 == 0 else "",
    )


def psql(sql, *, database=DATABASE):
    return subprocess.run(
        ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def copy(table, columns, rows):
    with tempfile.TemporaryFile("w+") as file:
        for row in rows:
            file.write(
                "\t".join(
                    "\\N"
                    if v is None
                    else str(v).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
                    for v in row
                )
                + "\n"
            )
        file.seek(0)
        subprocess.run(
            [
                "psql",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                DATABASE,
                "-c",
                f"copy {table} ({columns}) from stdin",
            ],
            stdin=file,
            check=True,
        )


STRUCTURE = json.dumps(
    {
        "frames": {
            name.split("-", 1)[1]: {"kind": "exp-lookit-text", "blocks": [{"text": "A page."}]}
            for name in FRAMES
        },
        "sequence": [name.split("-", 1)[1] for name in FRAMES],
    },
    indent=2,
)


def token(name):
    text = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode().rstrip("=")
    return text, hashlib.sha256(text.encode()).hexdigest()


def load(environment):
    psql("create database bench", database=ADMIN)
    run = lambda *arguments, **more: subprocess.run(
        [BINARY, *arguments], env=environment, check=True, capture_output=True, text=True, **more
    )
    run("migrate")
    run(
        "user",
        "create",
        "researcher@bench.example",
        "--researcher",
        input="bench password of a researcher",
    )
    run("user", "create", "first@bench.example", input=PASSWORD)
    researcher = psql("select id from account where email = 'researcher@bench.example'")
    password_hash = psql("select password_hash from account where email = 'first@bench.example'")
    now = T0.isoformat()
    psql("update account set has_second_factor = true where email = 'researcher@bench.example'")
    copy(
        "account",
        "id, email, password_hash, nickname, created_at, email_confirmed_at",
        (
            (ident("user", u), f"p{u:04d}@bench.example", password_hash, f"Family {u}", now, now)
            for u in range(USERS)
        ),
    )
    copy(
        "demographic_snapshot",
        "id, account_id, answers, extra, created_at",
        (
            (
                ident("demo", u),
                ident("user", u),
                json.dumps(
                    {
                        "country": "US",
                        "state": "MA",
                        "density": "urban",
                        "us_race_ethnicity_identification": [],
                        "us_race_ethnicity_identification_describe": "",
                        "number_of_children": "1",
                        "child_birthdays": [],
                        "number_of_guardians": "2",
                        "guardians_explanation": "",
                        "age": "30-34",
                        "gender": "f",
                        "gender_self_describe": "",
                        "education_level": "bach",
                        "annual_income": "60000",
                        "lookit_referrer": "",
                        "additional_comments": "",
                    }
                ),
                "",
                now,
            )
            for u in range(USERS)
        ),
    )
    owners = [u for u in range(USERS) for _ in range(1 + u % 2)][:CHILDREN]
    birthday = lambda n: (
        dt.date(2026, 11, 1) - dt.timedelta(days=90 + (37 * n) % 3300)
    ).isoformat()
    copy(
        "child",
        "id, account_id, given_name, birthday, gender, gestational_age, languages, additional_information, created_at, updated_at",
        (
            (
                ident("child", n),
                ident("user", owners[n]),
                f"Child {n}",
                birthday(n),
                "na" if n % 50 == 49 else "mfo"[n % 3],
                n % 18,
                1,
                "Born two weeks early." if n % 5 == 0 else "",
                now,
                now,
            )
            for n in range(CHILDREN)
        ),
    )
    copy(
        "lab",
        "id, name, contact_email, is_approved_to_test, created_at",
        [(ident("lab", 0), "Bench Lab", "lab@bench.example", "t", now)],
    )
    copy(
        "lab_member",
        "id, lab_id, account_id, role, created_at",
        [(ident("member", 0), ident("lab", 0), researcher, "admin", now)],
    )
    state = lambda s: (
        "active"
        if s < 10
        else "created"
        if s < 14
        else "submitted"
        if s < 16
        else "paused"
        if s < 18
        else "deactivated"
    )
    text = "A description of one hundred and thirty characters, more or less, which says what happens and why it is done at all, in plain words. "
    copy(
        "study",
        "id, lab_id, creator_id, salt, name, preview_summary, short_description, purpose, criteria, duration, contact_info, max_age_years, kind, state, is_public, structure, created_at, updated_at",
        (
            (
                ident("study", s),
                ident("lab", 0),
                researcher,
                ident("salt", s),
                f"Study number {s}",
                text,
                text * 4,
                text,
                text,
                "10 minutes",
                "Dr. Bench",
                10,
                "frame_player",
                state(s),
                "t" if s < 10 else "f",
                STRUCTURE,
                now,
                now,
            )
            for s in range(STUDIES)
        ),
    )
    copy(
        "study_member",
        "id, study_id, account_id, role, created_at",
        (
            (ident("collaborator", s), ident("study", s), researcher, "admin", now)
            for s in range(STUDIES)
        ),
    )
    study = ident("study", 0)
    copy(
        "response",
        "id, study_id, child_id, account_id, study_kind, demographic_snapshot_id, is_completed, is_consent_completed, recording_method, conditions, eligibility, frame_count, entry_count, created_at, updated_at, ended_at",
        (
            (
                ident("response", i),
                study,
                ident("child", i % CHILDREN),
                ident("user", owners[i % CHILDREN]),
                "frame_player",
                ident("demo", owners[i % CHILDREN]),
                "f" if i % 10 == 9 else "t",
                "t",
                "recordrtc",
                json.dumps(
                    {"order-randomizer": {"conditionNum": i % 4, "parameterSet": {"order": i % 2}}}
                ),
                "Eligible",
                15,
                15,
                created(i).isoformat(),
                created(i).isoformat(),
                created(i).isoformat(),
            )
            for i in range(RESPONSES)
        ),
    )

    def frames():
        for i in range(RESPONSES):
            response, t, r = ident("response", i), created(i), lcg(i + 1)
            for k in range(15):
                key = uuid.UUID(int=(i << 8) | k)
                yield (
                    key,
                    response,
                    key,
                    k + 1,
                    "frame",
                    FRAMES[k],
                    k,
                    k + 1,
                    json.dumps(frame(k, study, response, t, r), separators=(",", ":")),
                    t.isoformat(),
                )

    copy(
        "response_frame",
        "id, response_id, entry_id, number, kind, frame_id, position, next_position, data, received_at",
        frames(),
    )
    psql(
        "insert into study_count (id, study_id, responses, completed, consented, previews) select id, id, (select count(*) from response where study_id = study.id), (select count(*) from response where study_id = study.id and is_completed), (select count(*) from response where study_id = study.id and is_consent_completed), 0 from study"
    )
    sessions = [("p", ident("user", 1)), ("r", researcher)]
    copy(
        "session",
        "id, account_id, token_digest, created_at, expires_at, second_factor_at",
        (
            (ident("session", n), account, token(n)[1], now, "2100-01-01T00:00:00Z", now)
            for n, account in sessions
        ),
    )
    psql("vacuum analyze")


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
    milliseconds = lambda text: (
        float(re.match(r"[\d.]+", text)[0])
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
        "LOOKIT_CLIENT_ADDRESS_HEADER": "X-Client",
    }
    files = tempfile.TemporaryDirectory()
    environment |= {
        "LOOKIT_MAIL_URL": f"file://{files.name}/outbox",
        "LOOKIT_STORAGE_URL": f"file://{files.name}/files",
    }
    began = time.monotonic()
    load(environment)
    print(
        f"data set loaded in {time.monotonic() - began:.0f} s: {RESPONSES} responses, {RESPONSES * 15} frames\n"
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
    family = {"Cookie": f"lookit_session={token('p')[0]}"}
    researcher = {"Cookie": f"lookit_session={token('r')[0]}"}
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
    preview(study)
    run(server, study, family)
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


def preview(study):
    """Time from the last keystroke in the editor to the first frame in the preview pane, in Chromium."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench-preview.mjs")
    result = subprocess.run(
        ["node", script, f"http://localhost:{PORT}", f"/exp/studies/{study}/design", token("r")[0]],
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
                        "X-Client": f"{kind}-{path}-{n}",
                    },
                    urllib.parse.urlencode(form(address)),
                )
                if n >= 10:
                    times[kind].append((time.perf_counter() - began) * 1000)
                statuses.add((answer[0], answer[2].get("location", "")))
        assert len(statuses) == 1, statuses
        middle = {kind: statistics.median(values) for kind, values in times.items()}
        odd, even = (
            statistics.median(times["unknown"][::2]),
            statistics.median(times["unknown"][1::2]),
        )
        print(
            f"| {path} | {middle['known']:.2f} | {middle['unknown']:.2f} | {middle['known'] - middle['unknown']:+.2f} | {abs(odd - even):.2f} |",
            flush=True,
        )


def run(server, study, family, runs=40):
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
        r = lcg(number + 1)
        for k in range(15):
            entry = {
                "id": str(uuid.UUID(int=(1 << 100) | (number << 8) | k)),
                "number": k + 1,
                "type": "frame",
                "frame_id": FRAMES[k],
                "position": k,
                "next": k + 1,
                "data": frame(k, study, "r", T0, r),
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
