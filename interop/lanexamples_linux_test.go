package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
)

func TestTheExamplesWorkFromAnotherMachineWithAKey(t *testing.T) {
	s := startSharedHub(t)
	line := s.hubs.by(program, "key", "make", "feeder-01", "--scopes", "view,publish", "--url", s.url)
	said := command(t, ".", line[0], line[1:]...) // stdout has the key alone, but this is stderr, too
	i := slices.IndexFunc(strings.Fields(said), func(word string) bool { return strings.HasPrefix(word, "es_") })
	if i < 0 {
		t.Fatalf("key make printed %q, want a key", said)
	}
	key := strings.Fields(said)[i]
	far := func(run ...string) []string {
		return s.callers.by(append([]string{"env", "EMITSCOPE_KEY=" + key}, run...)...)
	}
	subscribers := map[string]*transcript{}
	for name, run := range map[string][]string{
		"python": {"/usr/bin/python3", "../examples/python/subscriber.py"}, "node": {"node", "../examples/node/subscriber.mjs"}, "go": {goProgram(t, "subscriber")},
	} {
		subscribers[name] = start(t, far(append(run, "--url", s.far, "--seconds", "600")...)...)
	}
	for _, out := range subscribers {
		out.waitFor(t, func(line string) bool { return strings.Contains(line, "listening") })
	}
	for name, run := range map[string][]string{
		"python threads": {"/usr/bin/python3", "../examples/python/threads_rest.py"}, "python processes": {"/usr/bin/python3", "../examples/python/processes_socketio.py"},
		"node": {"node", "../examples/node/producer.mjs"}, "go": {goProgram(t, "producer")},
	} {
		line := far(append(run, "--url", s.far, "--interval", "0.1", "--seconds", "0.3")...)
		if out := command(t, ".", line[0], line[1:]...); !strings.Contains(out, "published") {
			t.Errorf("%s printed %q, want how many it published", name, out)
		}
	}
	for name, out := range subscribers {
		for _, from := range []string{`"thread"`, `"process"`} {
			out.waitFor(t, func(line string) bool { return strings.Contains(line, from) })
			t.Logf("%s got messages with %s", name, from)
		}
	}
}

func TestCommandsKnowAHubOfAnotherMachineByItsFingerprint(t *testing.T) {
	s := startSharedHub(t, "--tls")
	var told wire.Sharing
	if err := json.Unmarshal([]byte(ask(t, s.local, "GET", s.url+"/api/v1/sharing", "", nil).body), &told); err != nil {
		t.Fatal(err)
	}
	key := s.key(t, "feeder", "publish")
	secure := strings.Replace(s.far, "http://", "https://", 1)
	emit := func(fingerprint string) string {
		line := s.callers.by("sh", "-c", `"$@" || true`, "emit", program, "emit", "--url", secure, "--key", key, "--fingerprint", fingerprint, "tick", `{"price":231.42}`)
		return command(t, ".", line[0], line[1:]...)
	}
	if got := emit(told.Fingerprint); !strings.Contains(got, "accepted as 1") {
		t.Errorf("with the fingerprint told: got %q, want accepted", got)
	}
	wrong := strings.Repeat("00:", 31) + "00"
	if got := emit(wrong); strings.Contains(got, "accepted") || !strings.Contains(got, "certificate") {
		t.Errorf("with another fingerprint: got %q, want that the certificate is not this one", got)
	}
}
