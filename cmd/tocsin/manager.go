package main

import (
	"net"
	"os"
)

// tellManager tells the service manager that started this program how it stands:
// sd_notify(3), one datagram to the socket that it named. Without one nobody is told.
func tellManager(state string) error {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"}) // "@" stands for the abstract name space
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // what was to be said was said
	_, err = conn.Write([]byte(state))
	return err
}
