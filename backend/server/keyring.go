package server

import "emitscope/backend/msg"

// Keys returns all keys, oldest first.
func (s *Server) Keys() []msg.Key { return s.keys.List() }

// MakeKey makes a key and returns its secret, which is told to nobody again. The
// errors are those of access.Keys.
func (s *Server) MakeKey(by msg.Caller, name string, scopes msg.Scopes) (made msg.Key, secret string, err error) {
	if made, secret, err = s.keys.Make(name, scopes); err == nil {
		s.audit.Note(msg.Act{Kind: msg.KeyMade, By: by, Door: msg.DoorREST, Subject: name, Detail: scopes.String()})
	}
	return made, secret, err
}

// ViewLink returns the secret that the view link carries.
func (s *Server) ViewLink(by msg.Caller) (secret string, err error) {
	if secret, err = s.keys.Link(); err == nil {
		s.audit.Note(msg.Act{Kind: msg.LinkShown, By: by, Door: msg.DoorREST})
	}
	return secret, err
}

// RevokeKey makes a key unknown, and disconnects who came in with it.
func (s *Server) RevokeKey(by msg.Caller, name string) error {
	if err := s.keys.Revoke(name); err != nil {
		return err
	}
	s.audit.Note(msg.Act{Kind: msg.KeyRevoked, By: by, Door: msg.DoorREST, Subject: name})
	s.doors.expel(func(c msg.Caller) bool { return c.Key == name }, errRevoked())
	return nil
}
