using McpFunctions.Domain;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Files;

/// <summary>The bytes of a part of a multipart body. A missing end is the client's fault, not an outage of the storage that reads it.</summary>
/// <param name="part">The stream of the multipart reader.</param>
/// <param name="atEnd">An action that runs at the end, before the reader learns of the end.</param>
internal sealed class PartStream(Stream part, Func<Task>? atEnd = null) : ReadOnceStream
{
    // Read by IsEmptyAsync, and still to be given.
    private byte? first;

    /// <summary>The problem of a body that ends too early.</summary>
    public static ProblemException Broken(Exception exception) => new(Problem.Invalid(
        "body",
        exception is InvalidDataException
            ? "The multipart body is broken: a part's headers are malformed or too long."
            : "The multipart body is broken: it ends too early. Send it whole, with its closing boundary."));

    /// <summary>Whether nothing is in the part. Ask before anything is read of it.</summary>
    public async ValueTask<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        byte[] one = new byte[1];
        if (await ReadAsync(one, cancellationToken) == 0)
        {
            return true;
        }

        first = one[0];
        return false;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (first is { } early && buffer.Length > 0)
        {
            buffer.Span[0] = early;
            first = null;
            return 1;
        }

        try
        {
            int read = await part.ReadAsync(buffer, cancellationToken);
            if (read == 0 && buffer.Length > 0 && atEnd is not null)
            {
                await atEnd();
            }

            return read;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw Broken(exception);
        }
    }
}
