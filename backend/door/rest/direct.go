package rest

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// postClientMessage takes a message for one client, and waits for its ack where
// that is asked for.
func (d *Door) postClientMessage(w http.ResponseWriter, r *http.Request) error {
	var body wire.DirectMessage
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	draft, within, err := body.Draft()
	if err != nil {
		return err
	}
	draft.Namespace = cmp.Or(draft.Namespace, msg.DefaultNamespace)
	if draft.To, err = d.addressee(r.PathValue("id"), draft.Namespace, within > 0); err != nil {
		return err
	}
	by := msg.CallerOf(r.Context())
	draft.Origin = msg.Origin{Door: msg.DoorREST, Address: hostOf(r), Key: by.Key, Local: by.Local}
	if within > 0 {
		return d.awaitAck(w, r, draft, within)
	}
	taken, err := d.o.Intake.Accept(draft)
	if err != nil {
		return err
	}
	// It waits in the namespace's line for single sockets, which goes at once.
	a := wire.Accepted{Accepted: taken.Accepted, FirstSeq: taken.FirstSeq, LastSeq: taken.LastSeq, QueueDepth: map[string]int{draft.Namespace: 0}}
	reply{status: http.StatusAccepted, body: append(wire.AppendAccepted(nil, a), '\n')}.send(w)
	return nil
}

// addressee returns what messages call a client in a namespace.
func (d *Door) addressee(id, namespace string, ack bool) (socket string, err error) {
	if err := msg.CheckNamespace(namespace); err != nil {
		return "", err
	}
	to, ok := d.o.Clients.Addressee(id, namespace)
	switch {
	case !ok:
		return "", noClient(id)
	case to.Door == msg.DoorREST:
		return "", fault.Newf(fault.Conflict, "client %q reads a stream, which has no messages for one client alone", fault.Clip(id)).
			WithCode("not_addressable").WithHint("send to everybody, or connect it by Socket.IO or WebSocket")
	case to.Socket == "":
		return "", fault.Newf(fault.Conflict, "client %q gets nothing of %s", fault.Clip(id), namespace).
			WithCode("not_in_namespace").WithHint("it is in %s", cmp.Or(strings.Join(to.Namespaces, ", "), "no namespace"))
	case ack && to.Door != msg.DoorSocketIO:
		return "", fault.Newf(fault.Conflict, "client %q is connected by native WebSocket, which has no acks", fault.Clip(id)).
			WithCode("no_acks").WithHint("leave ack out, or connect it by Socket.IO")
	}
	return to.Socket, nil
}

// awaitAck hands a message in, and answers with what its client's program says to
// it. The time runs from here on, so what waits for its turn is part of it.
func (d *Door) awaitAck(w http.ResponseWriter, r *http.Request, draft msg.Draft, within time.Duration) error {
	answers := make(chan msg.Answer, 1)
	draft.Ack = &msg.Ack{Within: within, Answered: func(a msg.Answer) {
		select {
		case answers <- a:
		default: // the first counts
		}
	}}
	late := time.NewTimer(within)
	defer late.Stop()
	taken, err := d.o.Intake.Accept(draft)
	if err != nil {
		return err
	}
	select {
	case a := <-answers:
		if a.Err != nil {
			return &sentError{a.Err, taken.FirstSeq}
		}
		d.sendJSON(w, r, wire.AckedOf(taken.FirstSeq, a))
		return nil
	case <-late.C:
		return &sentError{noAck(within), taken.FirstSeq}
	case <-r.Context().Done():
		return nil // nobody reads the answer any more
	}
}

// sentError says what is wrong about a message that was sent all the same.
type sentError struct {
	cause error
	seq   uint64
}

func (s *sentError) Error() string { return s.cause.Error() }
func (s *sentError) Unwrap() error { return s.cause }

func noAck(within time.Duration) error {
	return &refusal{http.StatusGatewayTimeout, fault.Newf(fault.Invalid, "the client's program did not confirm the message within %v", within).
		WithCode("ack_timeout").WithHint("the listener of the event must call the callback that is its last argument")}
}
