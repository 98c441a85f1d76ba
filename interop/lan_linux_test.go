package interop

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sys/unix"

	"emitscope/backend/door/wire"
)

// machine is a machine of its own as far as the network goes: a network
// namespace. This machine's own network is not touched, and cannot be reached.
type machine string

// The addresses of the two machines on the wire between them.
const (
	hubAddress    = "10.99.0.1"
	callerAddress = "10.99.0.2"
)

// twoMachines makes two machines with a wire between them. They end with the test.
// They have no IPv6: the address that the system gives the wire by itself comes into
// use a second later, and a browser then drops whatever it is loading.
func twoMachines(t *testing.T) (hubs, callers machine) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip here to make a network with (iproute2)")
	}
	hubs, callers = machine(fmt.Sprintf("emitscope-hub-%d", os.Getpid())), machine(fmt.Sprintf("emitscope-caller-%d", os.Getpid()))
	for _, m := range []machine{hubs, callers} {
		if out, err := exec.Command("ip", "netns", "add", string(m)).CombinedOutput(); err != nil {
			t.Skipf("networks cannot be made here (as root they can): %s", bytes.TrimSpace(out))
		}
		t.Cleanup(func() {
			if out, err := exec.Command("ip", "netns", "del", string(m)).CombinedOutput(); err != nil {
				t.Errorf("remove the network %s: %v %s", m, err, out)
			}
		})
	}
	command(t, ".", "ip", "link", "add", "eth0", "netns", string(hubs), "type", "veth", "peer", "name", "eth0", "netns", string(callers))
	for m, address := range map[machine]string{hubs: hubAddress, callers: callerAddress} {
		for _, line := range []string{"addr add " + address + "/24 dev eth0", "link set eth0 addrgenmode none", "link set lo up", "link set eth0 up"} {
			command(t, ".", "ip", append([]string{"-n", string(m)}, strings.Fields(line)...)...)
		}
	}
	return hubs, callers
}

// by is a command line for a program on this machine.
func (m machine) by(commandLine ...string) []string {
	return append([]string{"ip", "netns", "exec", string(m)}, commandLine...)
}

// dial connects from this machine. The socket stays in the machine's network
// wherever it is used; the thread it was made on ends.
func (m machine) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked
		var f *os.File
		if f, err = os.Open("/run/netns/" + string(m)); err != nil {
			return
		}
		defer f.Close()
		if err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err == nil {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
	}()
	<-done
	return conn, err
}

func (m machine) client(t *testing.T) *http.Client {
	transport := &http.Transport{DialContext: m.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // what it shows is compared where that matters
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

func (m machine) dialer() *websocket.Dialer { return &websocket.Dialer{NetDialContext: m.dial} }

// sharedHub is a hub on a machine of its own, shared with another.
type sharedHub struct {
	*hub
	hubs, callers machine
	local, other  *http.Client // on either machine
	far           string       // the address for callers
}

func startSharedHub(t *testing.T, args ...string) *sharedHub {
	t.Helper()
	s := &sharedHub{}
	s.hubs, s.callers = twoMachines(t)
	s.hub = startHubBy(t, s.hubs.by(program), append([]string{"--lan"}, args...)...)
	s.local, s.other = s.hubs.client(t), s.callers.client(t)
	s.far = strings.Replace(s.url, "127.0.0.1", hubAddress, 1)
	s.awaitOpen(t)
	return s
}

// awaitOpen returns once the hub listens for others: it says where it is a moment
// before.
func (s *sharedHub) awaitOpen(t *testing.T) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); ; <-again.C {
		conn, err := s.callers.dial(t.Context(), "tcp", strings.TrimPrefix(s.far, "http://"))
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the hub is not there for others: %v", err)
		}
	}
}

// key makes a key on the hub's machine.
func (s *sharedHub) key(t *testing.T, name, scopes string) string {
	t.Helper()
	return makeKey(t, s.local, s.url, name, scopes)
}

func (s *sharedHub) share(t *testing.T, patch string) {
	t.Helper()
	if got := ask(t, s.local, "PATCH", s.url+"/api/v1/sharing", patch, nil); got.status != http.StatusOK {
		t.Fatalf("PATCH sharing %s: got %d %s", patch, got.status, got.body)
	}
}

// curl runs curl on the other machine and returns the answer and its status.
func (s *sharedHub) curl(t *testing.T, args ...string) (body, status string) {
	t.Helper()
	line := s.callers.by(append([]string{"curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}"}, args...)...)
	out := strings.TrimSpace(command(t, ".", line[0], line[1:]...))
	i := strings.LastIndexByte(out, '\n')
	return strings.TrimSpace(out[:max(i, 0)]), out[i+1:]
}

const oneTick = `{"namespace":"/ws/rt_market","event":"tick","data":1}`

func TestAnotherMachineComesInWithAKeyOnly(t *testing.T) {
	s := startSharedHub(t)
	key := s.key(t, "feeder", "publish")
	messages := s.far + "/api/v1/messages"
	for _, one := range []struct {
		name         string
		args         []string
		status, says string
	}{
		{"without a key", []string{messages, "--json", oneTick}, "401", `"code":"unauthorized"`},
		{"with a wrong key", []string{messages, "--json", oneTick, "-H", "Authorization: Bearer es_wrong"}, "401", `"code":"unknown_key"`},
		{"with a key to publish", []string{messages, "--json", oneTick, "-H", "Authorization: Bearer " + key}, "202", `"accepted":1`},
		{"with a key that may not view", []string{messages, "-H", "Authorization: Bearer " + key}, "403", `"code":"forbidden"`},
		{"the open answer", []string{s.far + "/api"}, "200", `{"result":"OK"}`},
		{"by a name that is not the hub's", []string{s.far + "/api", "-H", "Host: evil.example"}, "403", `"code":"wrong_host"`},
		{"by a wrong name, with a key", []string{messages, "--json", oneTick, "-H", "Host: evil.example", "-H", "Authorization: Bearer " + key}, "403", `"code":"wrong_host"`},
		{"that says it is local", []string{messages, "--json", oneTick, "-H", "X-Forwarded-For: 127.0.0.1", "-H", "Host: 127.0.0.1"}, "401", `"code":"unauthorized"`},
	} {
		t.Run(one.name, func(t *testing.T) {
			if body, status := s.curl(t, one.args...); status != one.status || !strings.Contains(body, one.says) {
				t.Errorf("got %s %s, want %s with %s", status, body, one.status, one.says)
			}
		})
	}
}

func TestClientsOfAnotherMachineGetMessagesWithAKey(t *testing.T) {
	s := startSharedHub(t)
	key := s.key(t, "wall", "view")
	raw := dialBy(t, s.callers.dialer(), s.far, http.Header{"Authorization": {"Bearer " + key}})
	raw.subscribe("/ws/rt_market")
	byFrame := dialBy(t, s.callers.dialer(), s.far, nil)
	byFrame.send(`{"type":"auth","key":%q}`, key)
	byFrame.await("authenticated", 1)
	byFrame.subscribe("/ws/rt_market")
	node, python := startPeerBy(t, s.callers.by(languages["node"]...)...), startPeerBy(t, s.callers.by(languages["python"]...)...)
	node.connect(s.far, "/ws/rt_market", "websocket", map[string]any{"key": key})
	python.connect(s.far, "/ws/rt_market", "polling", map[string]any{"key": key})
	locked := startPeerBy(t, s.callers.by(languages["node"]...)...)
	locked.tell(map[string]any{"op": "connect", "url": s.far, "namespace": "/ws/rt_market", "transports": []string{"websocket"}})
	if got := locked.await("answers", 1, func(h happening) bool { return h.Type == "connected" || h.Type == "connect_error" })[0]; got.Type != "connect_error" {
		t.Errorf("Socket.IO without a key: got %s, want connect_error", got.Type)
	}
	if got := ask(t, s.local, "POST", s.url+"/api/v1/messages", oneTick, nil); got.status != http.StatusAccepted {
		t.Fatalf("publish: got %d %s", got.status, got.body)
	}
	for who, got := range map[string][]string{
		"WebSocket": raw.events(1), "WebSocket with auth": byFrame.events(1), "Socket.IO": node.events("tick", 1), "polling": python.events("tick", 1),
	} {
		if got[0] != "1" {
			t.Errorf("%s: got %s, want 1", who, got[0])
		}
	}
}

func TestSwitchingSharingOffCutsOthersAndNobodyHere(t *testing.T) {
	s := startSharedHub(t)
	key := s.key(t, "wall", "view")
	far := dialBy(t, s.callers.dialer(), s.far, http.Header{"Authorization": {"Bearer " + key}})
	far.subscribe("/ws/rt_market")
	near := dialBy(t, s.hubs.dialer(), s.url, nil)
	near.subscribe("/ws/rt_market")
	node := startPeerBy(t, s.hubs.by(languages["node"]...)...)
	node.connect(s.url, "/ws/rt_market", "websocket", nil)

	s.share(t, `{"on":false}`)
	select {
	case <-far.done:
	case <-time.After(patience):
		t.Error("the other machine's client is still connected")
	}
	if conn, err := s.callers.dial(t.Context(), "tcp", strings.TrimPrefix(s.far, "http://")); err == nil {
		_ = conn.Close()
		t.Error("the hub still listens for others")
	}
	if got := ask(t, s.local, "POST", s.url+"/api/v1/messages", oneTick, nil); got.status != http.StatusAccepted {
		t.Errorf("publish here: got %d %s", got.status, got.body)
	}
	near.events(1)
	node.events("tick", 1)

	s.share(t, `{"on":true}`)
	s.awaitOpen(t)
	again := dialBy(t, s.callers.dialer(), s.far, http.Header{"Authorization": {"Bearer " + key}})
	again.subscribe("/ws/rt_market")
	select {
	case <-near.done:
		t.Error("the client of this machine was disconnected")
	default:
	}
}

func TestARevokedKeyIsShownOutOnAnotherMachine(t *testing.T) {
	s := startSharedHub(t)
	key := s.key(t, "wall", "view")
	far := dialBy(t, s.callers.dialer(), s.far, http.Header{"Authorization": {"Bearer " + key}})
	far.subscribe("/ws/rt_market")
	if got := ask(t, s.local, "DELETE", s.url+"/api/v1/keys/wall", "", nil); got.status != http.StatusNoContent {
		t.Fatalf("revoke: got %d %s", got.status, got.body)
	}
	select {
	case <-far.done:
	case <-time.After(patience):
		t.Error("the client is still connected")
	}
	if _, status := s.curl(t, s.far+"/api/v1/stats", "-H", "Authorization: Bearer "+key); status != "401" {
		t.Errorf("the revoked key: got %s, want 401", status)
	}
}

func TestOpenViewLetsOthersLookAndNothingElse(t *testing.T) {
	s := startSharedHub(t, "--open-view")
	if _, status := s.curl(t, s.far+"/api/v1/stats"); status != "200" {
		t.Errorf("look: got %s, want 200", status)
	}
	for name, args := range map[string][]string{
		"publish":      {s.far + "/api/v1/messages", "--json", oneTick},
		"list keys":    {s.far + "/api/v1/keys"},
		"change lanes": {"-X", "PATCH", s.far + "/api/v1/lanes/%2Fws", "--json", `{"interval":"1s"}`},
		"share":        {"-X", "PATCH", s.far + "/api/v1/sharing", "--json", `{"on":false}`},
	} {
		if body, status := s.curl(t, args...); status != "401" && status != "403" {
			t.Errorf("%s: got %s %s, want 401 or 403", name, status, body)
		}
	}
	watching := dialBy(t, s.callers.dialer(), s.far, nil)
	watching.subscribe("/ws/rt_market")
	s.share(t, `{"open_view":false}`)
	select {
	case <-watching.done:
	case <-time.After(patience):
		t.Error("who came in without a key is still connected")
	}
}

func TestAnotherMachinesFloodLeavesRoomForOthers(t *testing.T) {
	s := startSharedHub(t, configured(t, "[limits]\nmax_connections_per_address = 20\nmax_messages_per_second = 50\n")...)
	near := dialBy(t, s.hubs.dialer(), s.url, nil)
	near.subscribe("/near")
	key := s.key(t, "feeder", "publish")

	refused := 0
	header := http.Header{"Authorization": {"Bearer " + key}}
	for range 1000 {
		switch got := ask(t, s.other, "POST", s.far+"/api/v1/messages", oneTick, header); {
		case got.status == http.StatusTooManyRequests && strings.Contains(got.body, `"code":"rate_limited"`) && got.header.Get("Retry-After") != "":
			refused++
		case got.status != http.StatusAccepted:
			t.Fatalf("publish: got %d %s, want 202 or 429 rate_limited", got.status, got.body)
		}
	}
	if refused == 0 {
		t.Error("1000 messages at once were all taken, with 50 a second allowed")
	}

	var open []net.Conn
	for range 100 {
		conn, err := s.callers.dial(t.Context(), "tcp", strings.TrimPrefix(s.far, "http://"))
		if err != nil {
			continue
		}
		t.Cleanup(func() { _ = conn.Close() })
		open = append(open, conn)
	}
	told := 0
	for _, conn := range open {
		_, _ = fmt.Fprintf(conn, "GET /api HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(s.far, "http://"))
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			continue // closed without a word
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable {
			told++
		}
	}
	if told < 10 {
		t.Errorf("%d of %d connections were refused with a word, want some of the 80 that are too many", told, len(open))
	}
	if got := ask(t, s.local, "POST", s.url+"/api/v1/messages", `{"namespace":"/near","event":"e","data":1}`, nil); got.status != http.StatusAccepted {
		t.Errorf("publish here meanwhile: got %d %s", got.status, got.body)
	}
	near.events(1)
	metrics := ask(t, s.local, "GET", s.url+"/metrics", "", nil).body
	for _, limit := range []string{"max_connections_per_address", "max_messages_per_second"} {
		if strings.Contains(metrics, `emitscope_limit_reached_total{limit="`+limit+`"} 0`) || !strings.Contains(metrics, limit) {
			t.Errorf("%s was not counted as reached", limit)
		}
	}
}

func TestOthersAreServedByTLSWithTheFingerprintTold(t *testing.T) {
	s := startSharedHub(t, "--tls")
	var told wire.Sharing
	ask(t, s.local, "GET", s.url+"/api/v1/sharing", "", nil).into(t, &told)
	if !told.TLS || told.Fingerprint == "" {
		t.Fatalf("got tls %v, fingerprint %q, want both", told.TLS, told.Fingerprint)
	}
	address := strings.TrimPrefix(s.far, "http://")
	conn, err := s.callers.dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // its fingerprint is compared
	defer secure.Close()
	if err := secure.HandshakeContext(t.Context()); err != nil {
		t.Fatalf("TLS: %v", err)
	}
	sum := sha256.Sum256(secure.ConnectionState().PeerCertificates[0].Raw)
	if got, want := fmt.Sprintf("%X", sum), strings.ReplaceAll(told.Fingerprint, ":", ""); got != want {
		t.Errorf("the certificate's fingerprint is %s, told was %s", got, want)
	}
	if version := secure.ConnectionState().Version; version < tls.VersionTLS12 {
		t.Errorf("got TLS version %x, want 1.2 or newer", version)
	}
	if body, status := s.curl(t, "-k", "https://"+address+"/api"); status != "200" || body != `{"result":"OK"}` {
		t.Errorf("https: got %s %s, want the open answer", status, body)
	}
	if body, status := s.curl(t, s.far+"/api"); status != "400" || !strings.Contains(body, "HTTPS") {
		t.Errorf("http: got %s %q, want 400 and a word about HTTPS", status, body)
	}
	key := s.key(t, "feeder", "publish")
	if body, status := s.curl(t, "-k", "https://"+address+"/api/v1/messages", "--json", oneTick, "-H", "Authorization: Bearer "+key); status != "202" {
		t.Errorf("publish: got %s %s, want 202", status, body)
	}
	if got := ask(t, s.local, "GET", s.url+"/api", "", nil); got.status != http.StatusOK {
		t.Errorf("on the hub's machine: got %d, want http as before", got.status)
	}
	dialer := s.callers.dialer()
	dialer.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	raw := dialBy(t, dialer, "https://"+address, http.Header{"Authorization": {"Bearer " + s.key(t, "wall", "view")}})
	raw.subscribe("/ws/rt_market")
	post := ask(t, s.local, "POST", s.url+"/api/v1/messages", oneTick, nil)
	if post.status != http.StatusAccepted {
		t.Errorf("publish here: got %d %s", post.status, post.body)
	}
	raw.events(1)
}
