// Package model tests the portal against a model of it: many visitors at once do anything at all, in a random order, over
// HTTP, to the real program with a real directory and a real mail server, and each answer must be one that the model
// allows (R22, R23).
//
// The model is a table of its own (table_test.go): it shares nothing with the portal's state machine, and says for each
// step what a visitor can do there, what is answered, and which step is next. All else changes nothing and leads to the
// page of where the reset stands. What a visitor cannot know, such as how far a change is, is left open: the model keeps
// all the places where a reset may be, and each answer leaves those that fit it. None left is a failure. Requests that
// are sent at once must fit in one order or another.
//
// Beside the table stand the two promises that it is all about, each checked by itself: no page of a later step is shown
// before the right code was typed in that very session (CVE-2026-18963), and the directory has been written to once for
// each good password of a verified reset, and never else.
//
// A run is made from a seed, which a failure prints. MODEL_SEED repeats it, as far as the visitors' choices go; the order
// in which the portal gets to them is its own. MODEL_STEPS is how much each visitor does.
package model
