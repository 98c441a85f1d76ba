package mdns

import (
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// packets returns what is said on a link on which this machine has these
// addresses: nothing, a question, an answer, or both.
func (s *speaker) packets(what saying, addrs []netip.Addr) [][]byte {
	var all [][]byte
	add := func(m dnsmessage.Message) {
		if len(m.Questions)+len(m.Answers) == 0 {
			return
		}
		if packet, err := m.Pack(); err == nil { // all names are ours and short, so there is none
			all = append(all, packet)
		}
	}
	if what&sayProbe != 0 {
		add(dnsmessage.Message{Questions: []dnsmessage.Question{question(s.host(), dnsmessage.TypeALL)}, Authorities: s.hostRecords(addrs)})
	}
	if what&sayQuestion != 0 {
		add(dnsmessage.Message{Questions: []dnsmessage.Question{question(typeEmitscope, dnsmessage.TypePTR)}})
	}
	answer := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	if what&sayTypes != 0 {
		for _, kind := range []string{typeHTTP, typeEmitscope} {
			answer.Answers = append(answer.Answers, record(typesOfAll, announcedFor, &dnsmessage.PTRResource{PTR: nameOf(kind)}))
		}
	}
	if what&(sayAll|sayHTTP) != 0 {
		answer.Answers = append(answer.Answers, s.serviceRecords(typeHTTP, announcedFor)...)
	}
	if what&(sayAll|sayEmitscope) != 0 {
		answer.Answers = append(answer.Answers, s.serviceRecords(typeEmitscope, announcedFor)...)
	}
	if what&sayGoodbye != 0 { // the host's own addresses stay: others on this machine may announce them
		answer.Answers = append(s.serviceRecords(typeHTTP, 0), s.serviceRecords(typeEmitscope, 0)...)
	}
	if what&(sayAll|sayHTTP|sayEmitscope|sayHost) != 0 {
		answer.Answers = append(answer.Answers, s.hostRecords(addrs)...)
	}
	add(answer)
	return all
}

// serviceRecords say that there is a service of a type, and where. A time of 0
// says that there is none any more.
func (s *speaker) serviceRecords(kind string, holds time.Duration) []dnsmessage.Resource {
	instance := s.instance(kind)
	where := record(instance, holds, &dnsmessage.SRVResource{Port: s.port, Target: nameOf(s.host())})
	text := record(instance, holds, &dnsmessage.TXTResource{TXT: s.texts})
	where.Header.Class |= cacheFlush
	text.Header.Class |= cacheFlush
	return []dnsmessage.Resource{record(kind, holds, &dnsmessage.PTRResource{PTR: nameOf(instance)}), where, text}
}

// hostRecords say which addresses this machine has. They say nothing against
// others that do so, for the system announces the same name.
func (s *speaker) hostRecords(addrs []netip.Addr) []dnsmessage.Resource {
	var all []dnsmessage.Resource
	for _, addr := range addrs {
		if addr.Is4() {
			all = append(all, record(s.host(), announcedFor, &dnsmessage.AResource{A: addr.As4()}))
		} else {
			all = append(all, record(s.host(), announcedFor, &dnsmessage.AAAAResource{AAAA: addr.As16()}))
		}
	}
	return all
}

func record(name string, holds time.Duration, body dnsmessage.ResourceBody) dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: nameOf(name), Class: dnsmessage.ClassINET, TTL: uint32(holds / time.Second)},
		Body:   body,
	}
}

func question(name string, kind dnsmessage.Type) dnsmessage.Question {
	return dnsmessage.Question{Name: nameOf(name), Type: kind, Class: dnsmessage.ClassINET}
}

// nameOf is a name of ours, which is short.
func nameOf(name string) dnsmessage.Name {
	n, _ := dnsmessage.NewName(name) // an error only beyond 255 bytes
	return n
}
