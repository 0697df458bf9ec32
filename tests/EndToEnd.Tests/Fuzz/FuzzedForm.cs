using System.Globalization;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Writes forms with files, and mutates them byte by byte.</summary>
internal static class FuzzedForm
{
    /// <summary>A form and its media type.</summary>
    public static (string MediaType, byte[] Body) Make(Random random)
    {
        var boundary = random.Next(8) switch
        {
            0 => UnusualInput.Line(random),
            1 => new string('b', random.Next(60, 80)),
            _ => $"b{random.Next()}",
        };
        var form = new StringBuilder();
        for (var parts = random.Next(5) == 0 ? random.Next(30) : random.Next(1, 4); parts > 0; parts--)
        {
            form.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Disposition: {Disposition(random)}\r\n");
            if (random.Next(2) == 0)
            {
                form.Append(CultureInfo.InvariantCulture, $"Content-Type: {(random.Next(3) == 0 ? UnusualInput.Text(random) : "text/plain")}\r\n");
            }
            if (random.Next(10) == 0)
            {
                form.Append(CultureInfo.InvariantCulture, $"{UnusualInput.Text(random)}: {UnusualInput.Text(random)}\r\n");
            }
            form.Append(CultureInfo.InvariantCulture, $"\r\n{(random.Next(3) == 0 ? UnusualInput.Text(random) : "content")}\r\n");
        }
        form.Append(CultureInfo.InvariantCulture, $"--{boundary}--\r\n");
        var body = Encoding.UTF8.GetBytes(form.ToString());
        return ($"multipart/form-data; boundary={(random.Next(3) == 0 ? $"\"{boundary}\"" : boundary)}", random.Next(2) == 0 ? Mutate(body, random) : body);
    }

    private static string Disposition(Random random) => random.Next(7) switch
    {
        0 => UnusualInput.Text(random),
        1 => $"form-data; name=\"{UnusualInput.Text(random)}\"",
        2 => $"form-data; name=file; filename*=UTF-8''{Uri.EscapeDataString(UnusualInput.Line(random))}",
        3 => $"form-data; name=\"file\"; filename=\"{UnusualInput.Text(random)}\"",
        4 => $"form-data; name=\"file\"; filename*={UnusualInput.Text(random)}",
        _ => $"form-data; name=\"file\"; filename=\"name-{random.Next(1000)}.txt\"",
    };

    private static byte[] Mutate(byte[] body, Random random)
    {
        List<byte> bytes = [.. body];
        for (var count = random.Next(1, 6); count > 0 && bytes.Count > 0; count--)
        {
            var place = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(place);
                    break;
                case 2:
                    bytes.Insert(place, (byte)random.Next(256));
                    break;
                case 3:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    bytes.RemoveRange(place, random.Next(bytes.Count - place));
                    break;
            }
        }
        return [.. bytes];
    }
}
