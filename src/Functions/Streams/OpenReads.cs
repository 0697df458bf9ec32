using McpFunctions.Functions.Http;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Streams;

/// <summary>Limits the open streams and waiting reads of each user on this instance, so that one user cannot take the places of all.</summary>
/// <param name="options">The limit.</param>
public sealed class OpenReads(IOptions<StreamOptions> options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> open = [];

    /// <summary>Opens one.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>Closes it when disposed.</returns>
    /// <exception cref="ProblemException">The user has too many (429).</exception>
    public IDisposable Open(string userId)
    {
        lock (gate)
        {
            int count = open.GetValueOrDefault(userId);
            if (count >= options.Value.MaxOpenPerUser)
            {
                throw new ProblemException(Problem.TooManyRequests(RetryAfter));
            }

            open[userId] = count + 1;
            return new OpenRead(this, userId);
        }
    }

    private void Close(string userId)
    {
        lock (gate)
        {
            if (open[userId] == 1)
            {
                open.Remove(userId);
            }
            else
            {
                open[userId]--;
            }
        }
    }

    private sealed class OpenRead(OpenReads owner, string userId) : IDisposable
    {
        private int isClosed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isClosed, 1) == 0)
            {
                owner.Close(userId);
            }
        }
    }
}
