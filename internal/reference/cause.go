package reference

import (
	"context"
	"log/slog"
)

// Cause is what a piece of work is done for.
type Cause struct {
	Request string // the number of the HTTP request; "" where none has asked for it
	Reset   string // the number of the reset; "" where it is about none, or none is known yet
}

type key struct{}

// With gives work a cause.
func With(ctx context.Context, c Cause) context.Context { return context.WithValue(ctx, key{}, c) }

// From is the cause of a piece of work.
func From(ctx context.Context) Cause {
	c, _ := ctx.Value(key{}).(Cause)
	return c
}

// ForRequest gives work its HTTP request.
func ForRequest(ctx context.Context, number string) context.Context {
	c := From(ctx)
	c.Request = number
	return With(ctx, c)
}

// ForReset gives work the reset that it is about.
func ForReset(ctx context.Context, number string) context.Context {
	c := From(ctx)
	if c.Reset == number {
		return ctx
	}
	c.Reset = number
	return With(ctx, c)
}

// Log adds to each line of a log what it was caused by: `request` and `ref`.
func Log(h slog.Handler) slog.Handler { return handler{h} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	c := From(ctx)
	if c.Request != "" {
		r.AddAttrs(slog.String("request", c.Request))
	}
	if c.Reset != "" {
		r.AddAttrs(slog.String("ref", c.Reset))
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
