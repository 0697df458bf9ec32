using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A connection that can send anything, even bytes that no HTTP client sends.</summary>
internal sealed class RawConnection(int port) : IDisposable
{
    private const int MaxBytes = 64 * 1024 * 1024;

    private Socket? _socket;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Sends bytes and reads one response.</summary>
    /// <param name="request">The bytes.</param>
    /// <param name="isHead">Whether the response has no body, whatever its headers say.</param>
    /// <param name="isIncomplete">Whether to close the sending direction, because the server would wait for more.</param>
    /// <param name="deadline">The maximum time.</param>
    /// <returns>The response; null when the server closed the connection without one.</returns>
    /// <exception cref="TimeoutException">No response came in time.</exception>
    /// <exception cref="InvalidDataException">The response is not HTTP.</exception>
    public async Task<RawResponse?> SendAsync(byte[] request, bool isHead, bool isIncomplete, TimeSpan deadline)
    {
        using var timer = new CancellationTokenSource(deadline);
        try
        {
            // A server may close an idle connection at any time, so a request without a response is sent again on a new one.
            var isFresh = _socket is null;
            var response = await TrySendAsync(request, isHead, isIncomplete, timer.Token);
            if (response is null && !isFresh)
            {
                Dispose();
                response = await TrySendAsync(request, isHead, isIncomplete, timer.Token);
            }
            if (response is null || isIncomplete || response.Header("Connection") == "close")
            {
                Dispose();
            }
            return response;
        }
        catch (OperationCanceledException)
        {
            Dispose();
            throw new TimeoutException($"No response within {deadline.TotalSeconds:0} s.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async Task<RawResponse?> TrySendAsync(byte[] request, bool isHead, bool isIncomplete, CancellationToken cancellationToken)
    {
        try
        {
            if (_socket is null)
            {
                _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await _socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                (_start, _end) = (0, 0);
            }
            var sending = SendAllAsync(_socket, request, isIncomplete, cancellationToken);
            var response = await ReadResponseAsync(isHead, cancellationToken);
            if (!sending.IsCompleted)
            {
                // The response came before the server read the whole request: it would take the rest for another request.
                Dispose();
            }
            try
            {
                await sending;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                Dispose();
            }
            return response;
        }
        catch (Exception error) when (error is SocketException or EndOfStreamException)
        {
            Dispose();
            return null;
        }
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, bool isIncomplete, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
        if (isIncomplete)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    private async Task<RawResponse?> ReadResponseAsync(bool isHead, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadLineAsync(cancellationToken) is not { } statusLine)
            {
                return null;
            }
            if (!statusLine.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
                || !int.TryParse(statusLine.AsSpan(9, Math.Min(3, statusLine.Length - 9)), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                throw new InvalidDataException($"No HTTP response: {statusLine}");
            }
            List<(string, string)> headers = [];
            while (await ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Length == 0)
                {
                    break;
                }
                var colon = line.IndexOf(':');
                headers.Add(colon > 0 ? (line[..colon], line[(colon + 1)..].Trim()) : throw new InvalidDataException($"No header: {line}"));
            }
            if (status >= 200)
            {
                var response = new RawResponse(status, headers, []);
                return isHead || status is 204 or 304 ? response : response with { Body = await ReadBodyAsync(response, cancellationToken) };
            }
        }
    }

    private async Task<byte[]> ReadBodyAsync(RawResponse response, CancellationToken cancellationToken)
    {
        if (response.Header("Content-Length") is { } length)
        {
            return await ReadExactlyAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture), cancellationToken);
        }
        var body = new ArrayBufferWriter<byte>();
        if (response.Header("Transfer-Encoding") == "chunked")
        {
            while (true)
            {
                var size = int.Parse((await ReadLineAsync(cancellationToken) ?? "0").Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                body.Write(await ReadExactlyAsync(size, cancellationToken));
                await ReadLineAsync(cancellationToken);
                if (size == 0)
                {
                    return body.WrittenSpan.ToArray();
                }
            }
        }
        if (response.Header("Connection") == "close")
        {
            while (_start < _end || await FillAsync(cancellationToken))
            {
                body.Write(_buffer.AsSpan(_start.._end));
                _start = _end;
            }
        }
        return body.WrittenSpan.ToArray();
    }

    private async Task<byte[]> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length;)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                throw new EndOfStreamException();
            }
            var count = Math.Min(length - done, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(bytes.AsSpan(done));
            _start += count;
            done += count;
        }
        return bytes;
    }

    // Null when the connection closes before the line begins.
    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start.._end).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer.AsSpan(_start, end)).TrimEnd('\r');
                _start += end + 1;
                return line;
            }
            if (!await FillAsync(cancellationToken))
            {
                return _start == _end ? null : throw new EndOfStreamException();
            }
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length < MaxBytes ? _buffer.Length * 2 : throw new InvalidDataException("An endless response."));
        }
        var read = await _socket!.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
