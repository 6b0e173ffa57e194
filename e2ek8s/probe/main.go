package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var errUsage = errors.New("usage: probe wait | follow FILE | kill CONTAINER-ID | knock URL [TOKEN] | dial HOST:PORT | get URL [TOKEN]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	argument := func(n int) string {
		if n < len(args) {
			return args[n]
		}
		return ""
	}
	switch args[0] {
	case "wait":
		<-ctx.Done()
		return nil
	case "follow":
		return follow(ctx, argument(1), os.Stdout)
	case "kill":
		return kill("/proc", argument(1))
	case "knock":
		return knock(argument(1), argument(2))
	case "dial":
		return dial(argument(1))
	case "get":
		return get(ctx, argument(1), argument(2))
	}
	return errUsage
}
