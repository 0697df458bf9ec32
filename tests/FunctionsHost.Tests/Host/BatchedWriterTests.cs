using System.Text;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class BatchedWriterTests
{
    [Fact]
    public async Task Lines_are_written_in_order_soon_and_many_at_once()
    {
        var output = new CountingStream();
        using var writer = new BatchedWriter(output);

        writer.WriteLine("alone");
        await Eventually.UntilAsync(() => output.Text == "alone\n");
        for (var number = 0; number < 500; number++)
            writer.WriteLine($"{number}");
        writer.Flush();

        Assert.Equal("alone\n" + string.Concat(Enumerable.Range(0, 500).Select(number => $"{number}\n")), output.Text);
        Assert.InRange(output.Writes, 2, 50);
    }

    [Fact]
    public void The_end_writes_what_waits_and_later_lines_are_dropped()
    {
        var output = new CountingStream();
        var writer = new BatchedWriter(output);

        writer.WriteLine("last");
        writer.Dispose();
        writer.WriteLine("too late");
        writer.Flush();

        Assert.Equal("last\n", output.Text);
    }

    private sealed class CountingStream : Stream
    {
        private readonly Lock _writing = new();
        private readonly MemoryStream _written = new();

        public int Writes { get; private set; }

        public string Text
        {
            get
            {
                lock (_writing)
                    return Encoding.UTF8.GetString(_written.ToArray());
            }
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (_writing)
            {
                Writes++;
                _written.Write(buffer, offset, count);
            }
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
