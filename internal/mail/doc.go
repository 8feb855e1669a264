// Package mail makes messages and delivers them, while the person who waits for one is already answered.
//
// A Queue holds what is to be sent in memory, at most so many messages; a few workers each keep one connection to the
// mail server. A message that could not be delivered for now comes back after a pause, behind those that are fresh;
// it is dropped when the server says that it will never take it, or when it would come too late to be of use
// (flow.Mail.Until). Close sends what there is, as far as the time allows. What is still in memory when the process is killed is
// lost: a person who gets no code asks for another.
//
// A message may arrive twice: if the connection breaks between the text and the server's answer, nobody knows whether
// it was taken (RFC 5321, 4.5.3.2.6). Both have the same Message-ID.
//
// The log tells of a message which kind it is, its population, the attempt and what the server answered; never the
// address, the text or the code.
package mail
