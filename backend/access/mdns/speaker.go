package mdns

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/dns/dnsmessage"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// What is announced, and asked for, in multicast DNS.
const (
	typeHTTP      = "_http._tcp.local."
	typeEmitscope = "_emitscope._tcp.local."
	typesOfAll    = "_services._dns-sd._udp.local." // who asks this wants to know what types there are
)

const (
	// announcedFor is how long others may believe an answer without asking again.
	announcedFor = 2 * time.Minute
	// askEvery is how often others are asked for: before they forget, or are forgotten.
	askEvery = time.Minute
	// probeEvery and probes are how often, and how many times, it is asked whether
	// somebody has the name already (RFC 6762, 8.1).
	probeEvery = 250 * time.Millisecond
	probes     = 3
	// maxRenames is how often another name is taken at once; then only every
	// renameEvery, so that nobody can make us talk without end.
	maxRenames  = 15
	renameEvery = 5 * time.Second
	// maxOthers is how many other hubs are listed.
	maxOthers = 64
	// maxRecords is how many questions and records of one packet are read.
	maxRecords = 256
	maxPacket  = 9000 // bytes, headers included (RFC 6762, 17)
	// cacheFlush marks a record of which there is no other.
	cacheFlush = dnsmessage.Class(1 << 15)
)

// speaker knows what to say in multicast DNS, and what was heard. It sends
// nothing and asks for no time, and belongs to one goroutine.
type speaker struct {
	first   string // of the machine's host name, in lower case
	port    uint16
	texts   []string
	renames int // 0: the name is first

	step   int       // of what is said by itself
	at     time.Time // when that is
	named  bool      // nobody else had the name
	others map[string]otherHub
}

// otherHub is another Emitscope that was heard of.
type otherHub struct {
	msg.OtherHub
	until time.Time
}

// saying is a set of things to say.
type saying uint8

const (
	sayProbe saying = 1 << iota
	sayAll
	sayQuestion
	sayTypes
	sayHTTP
	sayEmitscope
	sayHost
	sayGoodbye
)

func newSpeaker(hostname string, o Options) *speaker {
	s := &speaker{first: labelOf(hostname), port: uint16(o.Port), others: make(map[string]otherHub)}
	s.texts = []string{"version=" + fault.Clip(o.Version), "path=/", "tls=" + strconv.FormatBool(o.TLS)}
	return s
}

// labelOf is the first part of a host name, as it can stand in a DNS name.
func labelOf(hostname string) string {
	first, _, _ := strings.Cut(strings.ToLower(hostname), ".")
	first = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, first), "-")
	return cmp.Or(first[:min(len(first), 40)], "emitscope") // a label has 63 bytes, and more is added to this one
}

// host is the name of this machine: "studio.local.".
func (s *speaker) host() string {
	if s.renames > 0 {
		return s.first + "-" + strconv.Itoa(s.renames+1) + ".local."
	}
	return s.first + ".local."
}

// instance is the name of the service of a type. The port is in it, for a machine
// may have several hubs.
func (s *speaker) instance(kind string) string {
	return "Emitscope on " + strings.TrimSuffix(s.host(), ".local.") + ":" + strconv.Itoa(int(s.port)) + "." + kind
}

// begin starts anew: the network may be another.
func (s *speaker) begin(now time.Time) { s.step, s.at = 0, now }

// due returns what is to be said by now. It is to be asked again at s.at.
func (s *speaker) due(now time.Time) saying {
	if now.Before(s.at) {
		return 0
	}
	s.step++
	switch {
	case s.step <= probes:
		s.at = now.Add(probeEvery)
		return sayProbe
	case s.step == probes+1:
		s.named = true
		s.at = now.Add(time.Second)
		return sayAll | sayQuestion
	case s.step == probes+2: // the first may have been lost
		s.at = now.Add(askEvery)
		return sayAll | sayQuestion
	}
	s.at = now.Add(askEvery)
	return sayQuestion
}

// rename takes another name, because somebody else has this one.
func (s *speaker) rename(now time.Time) {
	s.renames++
	s.named = false
	s.begin(now)
	if s.renames > maxRenames {
		s.at = now.Add(renameEvery)
	}
}

// heard takes in a packet that came from an address on the same link, and returns
// what is to be answered on that link. own reports whether an address is this
// machine's, and mine is the one it has on that link.
func (s *speaker) heard(now time.Time, from, mine netip.Addr, own func(netip.Addr) bool, packet []byte) saying {
	var p dnsmessage.Parser
	header, err := p.Start(packet)
	if err != nil || header.OpCode != 0 || header.RCode != 0 {
		return 0
	}
	var m dnsmessage.Message
	if recordsOf(packet) > maxRecords || m.Unpack(packet) != nil {
		return 0
	}
	if !header.Response {
		return s.asked(m.Questions)
	}
	records := slices.Concat(m.Answers, m.Additionals)
	s.learn(now, from, own(from), records)
	if s.isTaken(mine, own, records) {
		s.rename(now)
	}
	return 0
}

// recordsOf is how many questions and records a packet says it has.
func recordsOf(packet []byte) (n int) {
	for i := 4; i < 12; i += 2 {
		n += int(packet[i])<<8 | int(packet[i+1])
	}
	return n
}

// asked returns what answers the questions.
func (s *speaker) asked(questions []dnsmessage.Question) (answers saying) {
	if !s.named {
		return 0
	}
	for _, q := range questions {
		is := func(name string, types ...dnsmessage.Type) bool {
			return strings.EqualFold(q.Name.String(), name) && (q.Type == dnsmessage.TypeALL || slices.Contains(types, q.Type))
		}
		switch {
		case is(typesOfAll, dnsmessage.TypePTR):
			answers |= sayTypes
		case is(typeHTTP, dnsmessage.TypePTR), is(s.instance(typeHTTP), dnsmessage.TypeSRV, dnsmessage.TypeTXT):
			answers |= sayHTTP
		case is(typeEmitscope, dnsmessage.TypePTR), is(s.instance(typeEmitscope), dnsmessage.TypeSRV, dnsmessage.TypeTXT):
			answers |= sayEmitscope
		case is(s.host(), dnsmessage.TypeA, dnsmessage.TypeAAAA):
			answers |= sayHost
		}
	}
	return answers
}

// isTaken reports whether somebody else says to have our name. Before we have told
// ours, whoever does has it; afterwards, of two that came at the same time the one
// with the higher address keeps it, so that not both go.
func (s *speaker) isTaken(mine netip.Addr, own func(netip.Addr) bool, records []dnsmessage.Resource) bool {
	host := s.host()
	for _, r := range records {
		if !strings.EqualFold(r.Header.Name.String(), host) || r.Header.TTL == 0 {
			continue
		}
		if a, ok := r.Body.(*dnsmessage.AResource); ok {
			if addr := netip.AddrFrom4(a.A); !own(addr) && (!s.named || mine.Less(addr)) {
				return true
			}
		}
	}
	return false
}

// learn takes in which other hub answered: also one of this machine.
func (s *speaker) learn(now time.Time, from netip.Addr, here bool, records []dnsmessage.Resource) {
	for _, r := range records {
		name, isOurs := strings.CutSuffix(r.Header.Name.String(), "."+typeEmitscope)
		if pointer, ok := r.Body.(*dnsmessage.PTRResource); ok && r.Header.TTL == 0 { // goodbye
			if gone, isOurs := strings.CutSuffix(pointer.PTR.String(), "."+typeEmitscope); isOurs {
				delete(s.others, otherKey(gone, from))
			}
			continue
		}
		service, ok := r.Body.(*dnsmessage.SRVResource)
		if !ok || !isOurs || service.Port == 0 || here && service.Port == s.port {
			continue
		}
		key := otherKey(name, from)
		if r.Header.TTL == 0 {
			delete(s.others, key)
			continue
		}
		s.forget(now)
		if _, known := s.others[key]; !known && len(s.others) >= maxOthers {
			continue
		}
		s.others[key] = otherHub{
			OtherHub: msg.OtherHub{Name: shown(service.Target.String()), URL: urlOf(from, service.Port, hasTLS(r.Header.Name, records))},
			until:    now.Add(min(time.Duration(r.Header.TTL)*time.Second, 2*announcedFor)),
		}
	}
}

// otherKey tells hubs apart. The address is in it, so that nobody can speak for another.
func otherKey(instance string, from netip.Addr) string {
	return strings.ToLower(instance) + "\x00" + from.String()
}

// urlOf is where a hub is that was heard from an address: never where it says.
func urlOf(from netip.Addr, port uint16, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(from.String(), strconv.Itoa(int(port)))
}

// hasTLS reports whether the text of a service says so.
func hasTLS(service dnsmessage.Name, records []dnsmessage.Resource) bool {
	for _, r := range records {
		if text, ok := r.Body.(*dnsmessage.TXTResource); ok && r.Header.Name == service && slices.Contains(text.TXT, "tls=true") {
			return true
		}
	}
	return false
}

// shown is a machine's name for a person to read.
func shown(host string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(host, "."), ".local")
	return fault.Clip(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name))
}

// forget drops the hubs that have not been heard of in time.
func (s *speaker) forget(now time.Time) {
	for key, other := range s.others {
		if now.After(other.until) {
			delete(s.others, key)
		}
	}
}

// known returns the other hubs, by name.
func (s *speaker) known(now time.Time) []msg.OtherHub {
	s.forget(now)
	list := make([]msg.OtherHub, 0, len(s.others))
	for _, other := range s.others {
		list = append(list, other.OtherHub)
	}
	slices.SortFunc(list, func(a, b msg.OtherHub) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.URL, b.URL)) })
	return slices.Compact(list)
}
