-- Writes cells and moves one field of the marker, only if that is where the caller left it (rule R6: compare-and-set). The field is `at`
-- when a decision is saved, the number of a partition when it is copied. All keys are in one slot, so this is one step of one replication
-- stream: a replica has all of it or nothing (rule R5). Running the same call again (a client that resends after a lost answer) changes
-- nothing. What is saved is set before the rest is deleted: of a script whose first write only deletes, a Redis above its `maxmemory` takes
-- the rest too. A copy may go beyond it by that.
--
-- KEYS[1]   marker of the pipeline
-- KEYS[2..] hashes to write, in this order; one may be there again
-- ARGV[1]   marker that has to be there besides; empty: any
-- ARGV[2]   field of the marker that moves
-- ARGV[3]   its value as the caller left it; empty: it must not be there
-- ARGV[4]   its new value
-- ARGV[5..] two for each of KEYS[2..]: HSET and its fields and values, or HDEL and its fields, as MessagePack strings
--
-- Reply: {'written'}, {'alreadyApplied'} or {'moved', marker or false}
local marker = redis.call('HGET', KEYS[1], 'at')
if ARGV[1] ~= '' and marker ~= ARGV[1] then
  return { 'moved', marker }
end
local place = redis.call('HGET', KEYS[1], ARGV[2]) or ''
if place == ARGV[4] then
  return { 'alreadyApplied' }
end
if place ~= ARGV[3] then
  return { 'moved', marker }
end
for i = 2, #KEYS do
  redis.call(ARGV[2 * i + 1], KEYS[i], cmsgpack.unpack(ARGV[2 * i + 2]))
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
return { 'written' }
