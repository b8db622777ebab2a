-- Writes cells and moves one field of the marker, only if that is where the caller left it (rule R6: compare-and-set). The field is `at`
-- when a decision is saved, the number of a partition when it is copied. All keys are in one slot, so this is one step of one replication
-- stream: a replica has all of it or nothing (rule R5). Running the same call again (a client that resends after a lost answer) changes
-- nothing. Fields are set before others are deleted: of a script whose first write only deletes, a Redis above its `maxmemory` would
-- take the rest too.
--
-- KEYS[1]   marker of the pipeline
-- KEYS[2..] hashes to write: those that get fields, then those that lose some; a hash may be among both
-- ARGV[1]   marker that has to be there besides; empty: any
-- ARGV[2]   field of the marker that moves
-- ARGV[3]   its value as the caller left it; empty: it must not be there
-- ARGV[4]   its new value
-- ARGV[5]   how many of KEYS[2..] get fields
-- then for each of KEYS[2..] the count of texts that follow, and these: field, value, ... or the fields that go
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
-- Even, because pairs stay together; Lua unpacks some 8,000 values at most.
local TEXTS_PER_COMMAND = 1000
local next = 6
for i = 2, #KEYS do
  local command = i <= tonumber(ARGV[5]) + 1 and 'HSET' or 'HDEL'
  local last = next + tonumber(ARGV[next])
  for first = next + 1, last, TEXTS_PER_COMMAND do
    redis.call(command, KEYS[i], unpack(ARGV, first, math.min(first + TEXTS_PER_COMMAND - 1, last)))
  end
  next = last + 1
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
return { 'written' }
