package eio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

// The transports.
const (
	byPolling   = "polling"
	byWebSocket = "websocket"
)

// maxPackets is how many packets one answer to a poll has at most. Python's client
// takes 16: with one more it throws the answer away and ends the connection.
const maxPackets = 16

// claimedPoll is how long a poll waits while a WebSocket claims the session: the
// client goes over to it between two polls.
const claimedPoll = 100 * time.Millisecond

// Why a poll that waits is answered without a message.
var (
	errUpgrade = errors.New("the client goes over to WebSocket")
	errEnded   = errors.New("the session has ended")
)

// ServeHTTP answers one request of a client.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	transport := q.Get("transport")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		refuse(w, errHandshake) // 400, as the protocol has it, and not 405
	case q.Has("j"):
		// A script that any page may load, past every check of its origin.
		refuse(w, errJSONP)
	case transport != byPolling && transport != byWebSocket:
		refuse(w, errTransport)
	case r.Method == http.MethodPost:
		s.post(w, r, q)
	case !s.enter():
		refuse(w, errStopping)
	default:
		defer s.leave()
		s.get(w, r, q)
	}
}

// get opens a session, or goes on with one, by polling or WebSocket.
func (s *Server) get(w http.ResponseWriter, r *http.Request, q url.Values) {
	id, web := q.Get("sid"), q.Get("transport") == byWebSocket
	if id == "" {
		revision := revisionOf(q.Get("EIO"))
		switch {
		case s.isLeaving():
			refuse(w, errStopping)
		case web != isUpgrade(r):
			refuse(w, errRequest)
		case revision == 0 || revision == 3 && !s.opts.Revision3:
			refuse(w, errRevision)
		case web:
			s.openWebSocket(w, r, revision)
		default:
			s.openPolling(w, r, revision)
		}
		return
	}
	one := s.sessionOf(r, id)
	switch {
	case one == nil:
		refuse(w, errSession)
	case web != isUpgrade(r):
		refuse(w, errRequest)
	case web:
		one.upgrade(w, r)
	default:
		one.poll(w, r)
	}
}

// revisionOf reads what a client says of itself; 0: it is unknown.
func revisionOf(text string) int {
	switch text {
	case "4":
		return 4
	case "3":
		return 3
	}
	return 0
}

func (s *Server) openPolling(w http.ResponseWriter, r *http.Request, revision int) {
	one, err := s.begin(r, revision, byWebSocket)
	if err != nil {
		refuse(w, err)
		return
	}
	one.live()
	one.poll(w, r) // the open packet waits already
}

// poll answers with what waits, or with what comes.
func (s *Session) poll(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	if err := s.beginPoll(cancel); err != nil {
		if errors.Is(err, errOverlap) {
			s.end(err)
		}
		refuse(w, err)
		return
	}
	packets, err := s.fetch(ctx)
	s.endPoll()
	comesOver := errors.Is(err, errUpgrade)
	switch {
	case comesOver:
		packets = []packet{{link.OpText, []byte{kindNoop}}}
	case r.Context().Err() != nil:
		// What was fetched is lost with the client's connection, and the client
		// cannot know.
		s.end(outbox.ErrLost)
		return
	case err != nil:
		s.end(err)
		packets = []packet{{link.OpText, []byte{s.lastKind()}}}
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(encode(s.revision, packets)) // looked at below
	if isLast(packets) || !comesOver && r.Context().Err() != nil {
		s.end(outbox.ErrLost) // or what it closes for
	}
}

// lastKind is what a poll gets when the session has ended. A client that has closed
// it is not told so again: its poll only has to return.
func (s *Session) lastKind() byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.reason, outbox.ErrGone) {
		return kindNoop
	}
	return kindClose
}

// isLast reports whether the client gets nothing after these.
func isLast(packets []packet) bool {
	last := packets[len(packets)-1]
	return last.opcode == link.OpText && len(last.data) == 1 && last.data[0] == kindClose
}

// beginPoll notes the poll; answer makes it return.
func (s *Session) beginPoll(answer context.CancelCauseFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state == over:
		return errSession
	case s.carrier != nil:
		return errRequest
	case s.answer != nil:
		return errOverlap
	}
	s.answer = answer
	return nil
}

func (s *Session) endPoll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = nil
}

// fetch returns the next packets, at most maxPackets and at least one.
func (s *Session) fetch(ctx context.Context) ([]packet, error) {
	s.fetching.Lock()
	defer s.fetching.Unlock()
	s.mu.Lock()
	gone, claimed := s.carrier != nil, s.claim != nil && s.claim.probed
	s.mu.Unlock()
	if gone {
		return nil, errUpgrade
	}
	if claimed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, claimedPoll, errUpgrade)
		defer cancel()
	}
	packets := s.rest
	for len(packets) == 0 {
		entries, err := s.out.Fetch(ctx, maxPackets)
		switch {
		case claimed && errors.Is(err, context.Canceled):
			return nil, errUpgrade // a client that comes over may give up its poll
		case err != nil:
			return nil, err
		}
		for _, entry := range entries {
			packets = packetsOf(packets, entry)
		}
	}
	n := min(len(packets), maxPackets)
	s.rest = packets[n:]
	if len(s.rest) == 0 {
		s.rest = nil // lets go of the frames
	}
	return packets[:n], nil
}

// post takes in what a polling client sends. While it does not come the request
// does not count: Stop need not wait for it.
func (s *Server) post(w http.ResponseWriter, r *http.Request, q url.Values) {
	id := q.Get("sid")
	one := s.sessionOf(r, id)
	switch {
	case id == "":
		refuse(w, errHandshake)
		return
	case one == nil:
		refuse(w, errSession)
		return
	case q.Get("transport") != byPolling:
		refuse(w, errRequest)
		return
	}
	body, err := s.body(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	if !s.enter() {
		refuse(w, errStopping)
		return
	}
	defer s.leave()
	if err := one.post(r.Header.Get("Content-Type"), body); err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	_, _ = io.WriteString(w, "ok") // the client is gone: nobody to tell
}

// body reads what a polling client sends, whether it says before how much that is
// or not.
func (s *Server) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > int64(s.opts.MaxFrame) {
		return nil, s.tooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.opts.MaxFrame)))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, s.tooLarge()
	case err != nil:
		return nil, errBody
	}
	return body, nil
}

func (s *Server) tooLarge() error {
	s.opts.Reached("max_frame")
	return fault.Newf(fault.TooLarge, "the body is larger than %d bytes", s.opts.MaxFrame).
		WithHint("send fewer messages at once, or raise limits.max_frame")
}

// post takes in a body that was read. Where that or what it says ends the
// session, it returns why.
func (s *Session) post(contentType string, body []byte) error {
	switch err := s.beginPost(); {
	case errors.Is(err, errOverlap):
		s.end(err)
		return err
	case err != nil:
		return err
	}
	defer s.endPost()
	for _, err := range decode(s.revision, contentType, body) {
		if err != nil { // found out before anything of the body is done
			s.end(errPacket)
			return errPacket
		}
	}
	for p, err := range decode(s.revision, contentType, body) {
		if err != nil {
			break // it was found out above
		}
		if p.opcode == link.OpText && p.data[0] == kindClose {
			s.end(outbox.ErrGone)
			return nil
		}
		s.take(p)
	}
	if s.IsAlive() {
		return nil
	}
	s.mu.Lock()
	reason := s.reason
	s.mu.Unlock()
	if errors.Is(reason, fault.Stopping) || errors.Is(reason, fault.Forbidden) || errors.Is(reason, fault.Unauthorized) {
		return nil // the hub has decided so, and the client still gets what waits for it
	}
	s.end(reason) // the answer to this request is the last the client needs
	return reason
}

func (s *Session) beginPost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state == over:
		return errSession
	case s.carrier != nil:
		return errRequest
	case s.posting:
		return errOverlap
	}
	s.posting = true
	return nil
}

func (s *Session) endPost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posting = false
}
