"""Webhooks: every filed record is told to the endpoints that ask for it, at least once and in order per courtyard.

The record chain is the outbox. Records are written in the transaction of the change they tell of, numbered without
a gap per courtyard and never changed, so a second copy of events would only be a second thing to keep right. What an
endpoint still has to be told is what lies beyond its `webhook_progress` row of that courtyard.

    record_head.sequence  >  webhook_progress.sequence      something is due
    lease (leased_by, leased_until) on the progress row     one deliverer at a time, and never for good
    POST, wait for 2xx, then sequence + 1                   at least once, in order

Progress and log rows belong to the courtyard whose records they count, not to the node that owns the endpoint: the
comparison joins rows of one tenant only (which Citus can spread), the transaction after each delivery touches one
courtyard, and both leave with the courtyard when it is deleted.

A signal after each commit wakes the deliverer of the same process; polling finds what other processes wrote and what
a lost signal left. The signal is a hint, the comparison is the promise.

`tables` what is stored, `commands` who may change it, `payload` what is told, `signing` and `sending` how, `schedule`
when again, `due` what is next, `deliverer` the loop.
"""
