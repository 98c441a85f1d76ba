package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
)

// pollReceiver is a subscriber by Socket.IO over long polling: one poll at a
// time, and between two of them what it has to say, all on one connection.
type pollReceiver struct {
	x      *exchange
	path   string // with the session's id
	filter *filter
	early  []byte // packets that came with the answer to joining
	over   atomic.Bool
}

// separator stands between the packets of a poll's answer.
const separator = 0x1e

const textType = "text/plain;charset=UTF-8"

var errPolling = errors.New("the server ended the session")

// poll connects to the plan's namespace by Socket.IO over long polling.
func (p Plan) poll(ctx context.Context) (Receiver, error) {
	u, err := p.base()
	if err != nil {
		return nil, err
	}
	x, err := p.newExchange(ctx, u, pollWait)
	if err != nil {
		return nil, err
	}
	r := &pollReceiver{x: x, filter: newFilter(p.Namespace, p.Event)}
	stop := context.AfterFunc(ctx, func() { _ = x.conn.Close() })
	err = r.open(u.JoinPath(p.Path), p)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = x.conn.Close()
		return nil, err
	}
	return r, nil
}

// open opens a session and joins the namespace.
func (r *pollReceiver) open(u *url.URL, p Plan) error {
	path := u.EscapedPath() + "?EIO=4&transport=polling"
	status, body, err := r.x.get(path)
	if err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	if status != http.StatusOK {
		return refused(status, body, u.Host)
	}
	var hello struct {
		SID string `json:"sid"`
	}
	if len(body) < 2 || body[0] != '0' || json.Unmarshal(firstPacket(body[1:]), &hello) != nil || hello.SID == "" {
		return fault.Newf(fault.Internal, "the server does not speak Socket.IO: it answered %.60q", body)
	}
	r.path = path + "&sid=" + url.QueryEscape(hello.SID)
	if err := r.say(connectPacket(p.Namespace, p.Key)); err != nil {
		return err
	}
	for {
		packets, err := r.ask()
		if err != nil {
			return fmt.Errorf("join namespace %s: %w", p.Namespace, err)
		}
		for len(packets) > 0 {
			packet := firstPacket(packets)
			packets = packets[min(len(packet)+1, len(packets)):]
			if string(packet) == "2" {
				// The answer's body is used again for the next request.
				packets = bytes.Clone(packets)
				if err := r.say([]byte("3")); err != nil {
					return err
				}
			}
			joined, err := joinAnswer(packet, p.Namespace)
			if err != nil {
				return err
			}
			if joined {
				r.early = bytes.Clone(packets)
				return nil
			}
		}
	}
}

// firstPacket returns packets up to the first separator.
func firstPacket(packets []byte) []byte {
	if end := bytes.IndexByte(packets, separator); end >= 0 {
		return packets[:end]
	}
	return packets
}

// say posts one packet.
func (r *pollReceiver) say(packet []byte) error {
	status, body, err := r.x.post(r.path, textType, packet)
	if err == nil && status != http.StatusOK {
		_, message, _ := reasonOf(status, body)
		err = fmt.Errorf("the server answered %s to what a polling client said", message)
	}
	return err
}

// ask polls once.
func (r *pollReceiver) ask() (packets []byte, err error) {
	status, body, err := r.x.get(r.path)
	if err == nil && status != http.StatusOK {
		_, message, _ := reasonOf(status, body)
		err = fmt.Errorf("the server answered %s to a poll", message)
	}
	return body, err
}

func (r *pollReceiver) Receive(take func(at time.Time, message []byte)) error {
	packets, at := r.early, time.Now()
	for {
		pings := 0
		for len(packets) > 0 {
			packet := firstPacket(packets)
			packets = packets[min(len(packet)+1, len(packets)):]
			switch r.filter.kind(packet) {
			case isEvent:
				take(at, packet)
			case isPing:
				pings++
			case isEnd:
				return errPolling
			}
		}
		for ; pings > 0; pings-- {
			if err := r.say([]byte("3")); err != nil {
				return err
			}
		}
		var err error
		if packets, err = r.ask(); err != nil {
			return err
		}
		at = time.Now()
	}
}

func (r *pollReceiver) Missed() uint64 { return r.filter.missed }

// Close ends the session by closing its connection: the server notices that
// nobody polls.
func (r *pollReceiver) Close() error {
	if r.over.Swap(true) {
		return nil
	}
	return r.x.conn.Close()
}
