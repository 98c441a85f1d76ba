package mdns

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// The addresses of a small network: ours, and two others.
func ours() netip.Addr   { return netip.MustParseAddr("192.0.2.5") }
func lower() netip.Addr  { return netip.MustParseAddr("192.0.2.4") }
func higher() netip.Addr { return netip.MustParseAddr("192.0.2.6") }

func isOurs(a netip.Addr) bool { return a == ours() }

// speaking is a speaker that has told its name.
func speaking(t *testing.T, now time.Time) *speaker {
	t.Helper()
	s := newSpeaker("Studio.example.org", Options{Port: 8092, Version: "1.2.3"})
	s.begin(now)
	until(s, now.Add(time.Second))
	if !s.named {
		t.Fatal("a second later it has no name")
	}
	return s
}

// until brings a speaker to a time, and returns all that it says before.
func until(s *speaker, now time.Time) (said []saying) {
	for !s.at.After(now) {
		said = append(said, s.due(s.at))
	}
	return said
}

// hear has one speaker hear what another says.
func hear(s *speaker, now time.Time, from netip.Addr, other *speaker, what saying) (answer saying) {
	for _, packet := range other.packets(what, []netip.Addr{from}) {
		answer |= s.heard(now, from, ours(), isOurs, packet)
	}
	return answer
}

func TestTheNameOnTheNetworkIsThatOfTheMachine(t *testing.T) {
	for hostname, want := range map[string]string{
		"studio": "studio.local.", "Studio.example.org": "studio.local.", "Anna's MacBook": "annasmacbook.local.", "日本": "emitscope.local.", "": "emitscope.local.",
		"-x-": "x.local.", strings.Repeat("a", 63): strings.Repeat("a", 40) + ".local.",
	} {
		if got := newSpeaker(hostname, Options{Port: 8092}).host(); got != want {
			t.Errorf("%q: got %s, want %s", hostname, got, want)
		}
	}
}

func TestANameIsToldOnlyAfterNobodyHasClaimedIt(t *testing.T) {
	now := time.Now()
	s := newSpeaker("studio", Options{Port: 8092})
	s.begin(now)
	if diff := cmp.Diff([]saying{sayProbe, sayProbe, sayProbe}, until(s, now.Add(749*time.Millisecond))); diff != "" || s.announced() != "" {
		t.Errorf("got name %q; -want +got:\n%s", s.announced(), diff)
	}
	if diff := cmp.Diff([]saying{sayAll | sayQuestion, sayAll | sayQuestion, sayQuestion}, until(s, now.Add(62*time.Second))); diff != "" || s.announced() != "studio.local." {
		t.Errorf("got name %q; -want +got:\n%s", s.announced(), diff)
	}
}

func TestANameThatSomebodyHasIsNotTaken(t *testing.T) {
	now := time.Now()
	s := newSpeaker("studio", Options{Port: 8092})
	s.begin(now)
	s.due(now)
	hear(s, now, lower(), speaking(t, now), sayHost)
	if said := until(s, now.Add(time.Second)); s.announced() != "studio-2.local." || !slices.Contains(said, sayProbe) {
		t.Errorf("got %q after %v, want studio-2.local. after asking for it", s.announced(), said)
	}
}

func TestOfTwoWithOneNameOnlyTheLowerAddressTakesAnother(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		from netip.Addr
		want string
	}{{lower(), "studio.local."}, {higher(), "studio-2.local."}, {ours(), "studio.local."}} {
		s := speaking(t, now)
		hear(s, now, c.from, speaking(t, now), sayAll)
		until(s, now.Add(3*time.Second))
		if got := s.announced(); got != c.want {
			t.Errorf("another at %v: got %q, want %q", c.from, got, c.want)
		}
	}
}

func TestWhoClaimsEachNameDoesNotMakeUsTalkWithoutEnd(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	said := 0
	for range 6000 { // a minute
		now = now.Add(10 * time.Millisecond)
		said += len(until(s, now))
		claim := dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Answers: []dnsmessage.Resource{
			record(s.host(), time.Minute, &dnsmessage.AResource{A: higher().As4()}),
		}}
		packet, err := claim.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if s.at.Sub(now) < renameEvery-time.Second { // it claims the name when that is asked for
			s.heard(now, higher(), ours(), isOurs, packet)
		}
	}
	if said > 60 {
		t.Errorf("said %d things in a minute, want few", said)
	}
}

// answered is what a speaker says, with each record in a line.
func answered(t *testing.T, packets [][]byte) (lines []string) {
	t.Helper()
	for _, packet := range packets {
		var m dnsmessage.Message
		if err := m.Unpack(packet); err != nil {
			t.Fatal(err)
		}
		for _, q := range m.Questions {
			lines = append(lines, q.Type.String()[4:]+"? "+q.Name.String())
		}
		for _, r := range m.Answers {
			line := r.Header.Name.String() + " "
			switch body := r.Body.(type) {
			case *dnsmessage.PTRResource:
				line += "PTR " + body.PTR.String()
			case *dnsmessage.SRVResource:
				line += "SRV " + body.Target.String()
			case *dnsmessage.TXTResource:
				line += "TXT " + strings.Join(body.TXT, " ")
			case *dnsmessage.AResource:
				line += "A " + netip.AddrFrom4(body.A).String()
			case *dnsmessage.AAAAResource:
				line += "AAAA " + netip.AddrFrom16(body.AAAA).String()
			}
			if r.Header.TTL == 0 {
				line += " (goodbye)"
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func TestTheHubIsAnnouncedAsAServerAndAsItself(t *testing.T) {
	s := speaking(t, time.Now())
	addrs := []netip.Addr{ours(), netip.MustParseAddr("2001:db8::5")}
	want := []string{
		"_http._tcp.local. PTR Emitscope on studio:8092._http._tcp.local.",
		"Emitscope on studio:8092._http._tcp.local. SRV studio.local.",
		"Emitscope on studio:8092._http._tcp.local. TXT version=1.2.3 path=/ tls=false",
		"_emitscope._tcp.local. PTR Emitscope on studio:8092._emitscope._tcp.local.",
		"Emitscope on studio:8092._emitscope._tcp.local. SRV studio.local.",
		"Emitscope on studio:8092._emitscope._tcp.local. TXT version=1.2.3 path=/ tls=false",
		"studio.local. A 192.0.2.5",
		"studio.local. AAAA 2001:db8::5",
	}
	if diff := cmp.Diff(want, answered(t, s.packets(sayAll, addrs))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i := range want[:6] {
		want[i] += " (goodbye)"
	}
	if diff := cmp.Diff(want[:6], answered(t, s.packets(sayGoodbye, addrs))); diff != "" {
		t.Errorf("goodbye: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"PTR? _emitscope._tcp.local."}, answered(t, s.packets(sayQuestion, addrs))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestQuestionsAreAnsweredWhateverTheirCase(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	for _, c := range []struct {
		name string
		kind dnsmessage.Type
		want saying
	}{
		{"_HTTP._tcp.local.", dnsmessage.TypePTR, sayHTTP},
		{"_emitscope._tcp.local.", dnsmessage.TypePTR, sayEmitscope},
		{"_emitscope._tcp.local.", dnsmessage.TypeALL, sayEmitscope},
		{"_services._dns-sd._udp.local.", dnsmessage.TypePTR, sayTypes},
		{"Studio.local.", dnsmessage.TypeA, sayHost},
		{"studio.local.", dnsmessage.TypeAAAA, sayHost},
		{"Emitscope on studio:8092._http._tcp.local.", dnsmessage.TypeSRV, sayHTTP},
		{"studio.local.", dnsmessage.TypeTXT, 0},
		{"studio-2.local.", dnsmessage.TypeA, 0},
		{"_ipp._tcp.local.", dnsmessage.TypePTR, 0},
		{"_http._tcp.local.", dnsmessage.TypeA, 0},
	} {
		m := dnsmessage.Message{Questions: []dnsmessage.Question{question(c.name, c.kind)}}
		packet, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if got := s.heard(now, lower(), ours(), isOurs, packet); got != c.want {
			t.Errorf("%s %s: got %b, want %b", c.name, c.kind, got, c.want)
		}
		fresh := newSpeaker("studio", Options{Port: 8092})
		if got := fresh.heard(now, lower(), ours(), isOurs, packet); got != 0 {
			t.Errorf("%s %s before the name is known to be free: got %b, want silence", c.name, c.kind, got)
		}
	}
}

func TestAnotherHubIsListedUntilItSaysGoodbye(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	other := newSpeaker("lab", Options{Port: 9000, TLS: true})
	hear(s, now, lower(), other, sayAll)
	want := []msg.OtherHub{{Name: "lab", URL: "https://192.0.2.4:9000"}}
	if diff := cmp.Diff(want, s.known(now)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	hear(s, now, higher(), other, sayGoodbye) // from elsewhere: nobody can speak for another
	if diff := cmp.Diff(want, s.known(now)); diff != "" {
		t.Errorf("after another's goodbye: -want +got:\n%s", diff)
	}
	hear(s, now, lower(), other, sayGoodbye)
	if got := s.known(now); len(got) != 0 {
		t.Errorf("after its goodbye: got %v, want none", got)
	}
}

func TestAnotherHubThatFallsSilentIsForgotten(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	hear(s, now, lower(), newSpeaker("lab", Options{Port: 9000}), sayEmitscope)
	if got := s.known(now.Add(announcedFor)); len(got) != 1 {
		t.Errorf("got %v two minutes later, want it", got)
	}
	if got := s.known(now.Add(announcedFor + time.Second)); len(got) != 0 {
		t.Errorf("got %v after that, want none", got)
	}
}

func TestTheHubDoesNotListItselfButAnotherOfItsMachine(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	hear(s, now, ours(), s, sayAll)
	if got := s.known(now); len(got) != 0 {
		t.Errorf("got %v, want nobody", got)
	}
	hear(s, now, ours(), newSpeaker("studio", Options{Port: 8093}), sayAll)
	if diff := cmp.Diff([]msg.OtherHub{{Name: "studio", URL: "http://192.0.2.5:8093"}}, s.known(now)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOtherServicesAreNoHubs(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	hear(s, now, lower(), newSpeaker("printer", Options{Port: 80}), sayHTTP)
	if got := s.known(now); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
}

func TestOnlySoManyOtherHubsAreListed(t *testing.T) {
	now := time.Now()
	s := speaking(t, now)
	for port := range 1000 {
		hear(s, now, lower(), newSpeaker("lab", Options{Port: port + 1}), sayEmitscope)
	}
	if got := len(s.known(now)); got != maxOthers {
		t.Errorf("got %d, want %d", got, maxOthers)
	}
}

func TestTheNameOfAnotherHubShowsOnlyWhatCanBeSeen(t *testing.T) {
	if got := shown("la\x1bb\u202e\xff.local."); got != "lab" {
		t.Errorf("got %q, want lab", got)
	}
}

func FuzzHeard(f *testing.F) {
	s := newSpeaker("studio", Options{Port: 8092, Version: "1"})
	for _, what := range []saying{sayProbe, sayAll, sayQuestion, sayTypes, sayHost, sayGoodbye} {
		for _, packet := range s.packets(what, []netip.Addr{lower()}) {
			f.Add(packet)
		}
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		s := speaking(t, time.Unix(0, 0))
		for range 2 {
			s.heard(time.Unix(2, 0), higher(), ours(), isOurs, packet)
		}
		for _, other := range s.known(time.Unix(2, 0)) {
			if !strings.HasPrefix(other.URL, "http://192.0.2.6:") && !strings.HasPrefix(other.URL, "https://192.0.2.6:") {
				t.Fatalf("got %v, want the address it came from", other)
			}
		}
		if s.renames > 2 {
			t.Fatalf("renamed %d times for 2 packets", s.renames)
		}
	})
}

// onLoopback makes an Announcer that speaks on loopback alone, to whoever does on this
// port. It skips the test where loopback knows no multicast.
func onLoopback(t *testing.T, o Options, port int) *Announcer {
	t.Helper()
	faces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(faces, func(f net.Interface) bool { return f.Flags&net.FlagLoopback != 0 && f.Flags&net.FlagUp != 0 })
	if i < 0 {
		t.Skip("there is no loopback interface")
	}
	// Multicast over loopback comes from any address that the machine has.
	var prefixes []netip.Prefix
	for _, addr := range ownAddrs() {
		if addr.Is4() {
			prefixes = append(prefixes, netip.PrefixFrom(addr, 32))
		}
	}
	m := New(o)
	m.group.Port = port
	m.list = func() ([]*link, error) {
		return []*link{{face: faces[i], prefixes: prefixes, said: make(map[saying]time.Time)}}, nil
	}
	probe := links{list: m.list, group: m.group}
	defer probe.close()
	if _, err := probe.open(); err != nil {
		t.Skip("loopback knows no multicast here: ", err)
	}
	probe.say(func(*link) [][]byte { return [][]byte{[]byte("anybody there")} })
	select {
	case <-probe.heard:
	case <-time.After(time.Second):
		t.Skip("loopback hands no multicast on here")
	}
	return m
}

// freePort is a port that nobody uses.
func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().(*net.UDPAddr).Port
}

func TestTwoHubsFindEachOtherUntilOneIsSwitchedOff(t *testing.T) {
	testkit.NoLeaks(t)
	port := freePort(t)
	named := make(chan string, 10)
	a := onLoopback(t, Options{Port: 8092, Named: func(host string) { named <- host }}, port)
	b := onLoopback(t, Options{Port: 8093}, port)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for _, m := range []*Announcer{a, b} {
		m.Set(true)
		go func() { ended <- m.Run(ctx) }()
	}
	testkit.Eventually(t, func() bool { return len(a.Others()) == 1 && len(b.Others()) == 1 }, "both to find the other")
	if got := a.Others()[0].URL; !strings.HasPrefix(got, "http://") || !strings.HasSuffix(got, ":8093") {
		t.Errorf("got %s, want where the other listens", got)
	}
	if got, told := a.Host(), <-named; !strings.HasSuffix(got, ".local") || told != got {
		t.Errorf("got name %q, told %q, want one that ends in .local", got, told)
	}
	b.Set(false)
	testkit.Eventually(t, func() bool { return len(a.Others()) == 0 && b.Host() == "" }, "the goodbye")
	if got := b.Others(); len(got) != 0 {
		t.Errorf("got %v from who is off, want nobody", got)
	}
	b.Set(true)
	testkit.Eventually(t, func() bool { return len(a.Others()) == 1 }, "it to come back")
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if a.Host() != "" || <-named != "" {
		t.Error("a name is told after the end")
	}
}

func TestANetworkWithoutMulticastIsAWarningOnceAndNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := New(Options{Port: 8092, Log: slog.New(slog.NewTextHandler(&log, nil))})
		m.list = func() ([]*link, error) { return nil, nil }
		m.Set(true)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := m.Run(ctx); err != nil || ctx.Err() == nil {
			t.Errorf("got %v, and the end of ctx %v; want nil, and not before", err, ctx.Err())
		}
		if got := strings.Count(log.String(), "level=WARN"); got != 1 {
			t.Errorf("got %d warnings in an hour, want 1: %s", got, log.String())
		}
	})
}
