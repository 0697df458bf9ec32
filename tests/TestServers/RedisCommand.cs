using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace McpFunctions.TestServers;

/// <summary>A command on its way to Redis.</summary>
/// <param name="Name">The name in capitals, for example <c>XACK</c>; for a script, <c>EVALSHA</c> or <c>EVAL</c>.</param>
/// <param name="Text">The whole command, its words separated by spaces.</param>
public sealed record RedisCommand(string Name, string Text)
{
    /// <summary>Reads a command as clients send it: an array of bulk strings.</summary>
    /// <param name="buffer">The received bytes. On return, the bytes after the command.</param>
    /// <param name="command">The command.</param>
    /// <param name="raw">Its bytes.</param>
    /// <returns>Whether the command is complete.</returns>
    internal static bool TryRead(ref ReadOnlySequence<byte> buffer, out RedisCommand command, out byte[] raw)
    {
        (command, raw) = (null!, []);
        var reader = new SequenceReader<byte>(buffer);
        if (!TryReadNumber(ref reader, '*', out int count))
        {
            return false;
        }

        var words = new string[count];
        for (int index = 0; index < count; index++)
        {
            if (!TryReadNumber(ref reader, '$', out int length) || reader.Remaining < length + 2)
            {
                return false;
            }

            words[index] = Encoding.UTF8.GetString(reader.UnreadSequence.Slice(0, length));
            reader.Advance(length + 2);
        }

        raw = buffer.Slice(0, reader.Position).ToArray();
        buffer = buffer.Slice(reader.Position);
        command = new RedisCommand(words[0].ToUpperInvariant(), string.Join(' ', words));
        return true;
    }

    private static bool TryReadNumber(ref SequenceReader<byte> reader, char kind, out int number)
    {
        number = 0;
        if (!reader.TryReadTo(out ReadOnlySpan<byte> line, "\r\n"u8))
        {
            return false;
        }

        return line[0] == kind && Utf8Parser.TryParse(line[1..], out number, out _)
            ? true
            : throw new InvalidDataException($"'{Encoding.UTF8.GetString(line)}' is not valid in a command to Redis.");
    }
}
