-- Begins to restore, or finds that this restore is under way. Where cells are deleted first, the marker is `clearing <step> <marker of the
-- restore>` meanwhile, which nobody reads or writes under (clear.lua).
--
-- KEYS[1] marker of the pipeline
-- ARGV[1] marker as the caller left it; empty: there must be none. Of a restore that was deleting cells: its own
-- ARGV[2] marker of this restore; empty: nothing is restored afterwards
-- ARGV[3] marker while cells are deleted
-- ARGV[4] what is done with cells: delete, keep
-- ARGV[5..] pairs, where they are kept: number of a partition, place up to which they have everything
--
-- Reply: {'copying', field of the marker, value, ...}, {'clearing'} or {'moved', marker or false}
local marker = redis.call('HGET', KEYS[1], 'at') or ''
if marker ~= '' and marker == ARGV[2] then
  return { 'copying', unpack(redis.call('HGETALL', KEYS[1])) }
end
local deleting = string.match(marker, '^clearing %S+ (.*)$')
local meant = deleting or marker
if meant ~= ARGV[1] and meant ~= ARGV[2] then
  return { 'moved', marker }
end
-- Cells that are half deleted have nothing up to nowhere.
if deleting and ARGV[5] then
  return { 'moved', marker }
end
-- Forgotten first, so that a Redis above its `maxmemory` takes the new one: room may be made.
redis.call('UNLINK', KEYS[1])
if deleting or ARGV[4] == 'delete' then
  redis.call('HSET', KEYS[1], 'at', ARGV[3])
  return { 'clearing' }
end
redis.call('HSET', KEYS[1], 'at', ARGV[2], unpack(ARGV, 5))
return { 'copying', unpack(redis.call('HGETALL', KEYS[1])) }
