using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// The partitions of the tables Log and Audit: the shards of each hour, <c>yyyyMMddHH-{shard}</c>. A partition of Azure Tables takes
/// 2,000 rows a second, so one partition for each hour would limit the whole gateway.
/// </summary>
/// <param name="count">The number of shards for new rows, from 1 to <see cref="Max"/>.</param>
public sealed class HourShards(int count)
{
    /// <summary>The most shards of an hour. One hexadecimal digit names a shard.</summary>
    public const int Max = 16;

    // 32 ms. Rows that are written together lie in one shard, so that one transaction takes them.
    private const int SliceBits = 5;

    // The version digit of a UUIDv7, whose first 48 bits are its milliseconds since 1970 (RFC 9562, 5.7).
    private const int VersionOfTimes = 7;

    /// <summary>The number of shards for new rows. Older rows may lie in other shards.</summary>
    public int Count => count;

    /// <summary>The partition of a new row.</summary>
    /// <param name="hour">The hour of its event.</param>
    /// <param name="eventId">The event.</param>
    public string PartitionOf(string hour, string eventId) => PartitionOf(hour, ShardsOf(eventId, count)[^1]);

    /// <summary>A partition by its number.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="shard">The shard.</param>
    public static string PartitionOf(string hour, int shard) => string.Create(CultureInfo.InvariantCulture, $"{hour}-{shard:x}");

    /// <summary>The partitions in which a row may lie that was written under another number of shards, or before there were shards.</summary>
    /// <param name="hour">The hour of its event.</param>
    /// <param name="eventId">The event.</param>
    /// <returns>The partition keys, without that of a new row.</returns>
    public IEnumerable<string> OtherPartitionsOf(string hour, string eventId) =>
        ShardsOf(eventId, Max).Select(shard => PartitionOf(hour, shard)).Append(hour).Where(partition => partition != PartitionOf(hour, eventId));

    // What an event has in common with those of its slice of time. The ids of others may be anything.
    private static string SliceOf(string eventId) =>
        Guid.TryParseExact(eventId, "D", out Guid id) && id.Version == VersionOfTimes
            ? (Convert.ToInt64(eventId[..8] + eventId[9..13], 16) >> SliceBits).ToString("x", CultureInfo.InvariantCulture)
            : eventId;

    // Rendezvous hashing: each shard has a random number for the slice of time, and the largest wins, so a change of the count moves few events.
    private static List<int> ShardsOf(string eventId, int count)
    {
        byte[] numbers = SHA256.HashData(Encoding.UTF8.GetBytes(SliceOf(eventId)));
        List<int> winners = [];
        int largest = -1;
        for (int shard = 0; shard < count; shard++)
        {
            int number = BinaryPrimitives.ReadUInt16BigEndian(numbers.AsSpan(shard * sizeof(ushort)));
            if (number > largest)
            {
                largest = number;
                winners.Add(shard);
            }
        }

        return winners;
    }
}
