using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>Waits for the end of a command, a workflow or a replay, and reports progress to a client that asks for it.</summary>
/// <param name="signals">Wakes it when the caller's inbox has news.</param>
/// <param name="reads">Limits the open streams and waiting reads of a user.</param>
/// <param name="watch">Reports when the credential has ended.</param>
/// <param name="lifetime">Reports when the app stops.</param>
/// <param name="time">The clock.</param>
internal sealed class McpWaits(InboxSignals signals, OpenReads reads, CredentialWatch watch, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // A replay gives no signal, and a signal may be lost.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    /// <summary>Calls a tool's function until the status has changed or the time is over.</summary>
    /// <param name="context">The call.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="request">The request of its function.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The last response.</returns>
    /// <exception cref="ProblemException">The function refuses the request, too many reads wait, or the credential has ended.</exception>
    public async Task<FunctionResponse> WaitAsync(
        RequestContext<CallToolRequestParams> context, McpTool tool, FunctionRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        HttpContext http = context.Http();
        Principal principal = http.Request.Principal();
        long started = time.GetTimestamp();
        using IDisposable open = reads.Open(principal.UserId);
        using CredentialWatch.Watch credential = watch.Register(principal);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, credential.Ended, lifetime.ApplicationStopping);
        using InboxSignals.Waiter waiter = signals.Register(KeyPart.Of(principal.UserId));
        double reported = -1;
        while (true)
        {
            FunctionResponse response = await tool.Function.CallAsync(http, request, cancellationToken);
            JsonElement state = response.Json();
            TimeSpan elapsed = time.GetElapsedTime(started);
            if (state.GetProperty("status").GetString() != tool.WaitsWhile || elapsed >= timeout || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return response;
            }

            reported = await ReportAsync(context, state, elapsed, timeout, reported, cancellationToken);
            TimeSpan left = timeout - elapsed;
            await waiter.WaitAsync(left < PollInterval ? left : PollInterval, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (credential.Ended.IsCancellationRequested)
            {
                throw new ProblemException(Problem.Unauthenticated("The session or the API key has ended. Sign in again."));
            }
        }
    }

    // The protocol wants each report to be greater than the one before.
    private static async Task<double> ReportAsync(
        RequestContext<CallToolRequestParams> context, JsonElement state, TimeSpan elapsed, TimeSpan timeout, double reported, CancellationToken cancellationToken)
    {
        ProgressNotificationValue progress = state.TryGetProperty("matched", out JsonElement matched)
            // Nobody knows the total: a replay finds its events as it goes.
            ? new ProgressNotificationValue { Progress = matched.GetInt64(), Message = $"{matched.GetInt64()} events so far" }
            : new ProgressNotificationValue { Progress = (float)elapsed.TotalSeconds, Total = (float)timeout.TotalSeconds, Message = state.GetProperty("status").GetString() };
        if (context.Params.ProgressToken is not { } token || progress.Progress <= reported)
        {
            return reported;
        }

        await context.Server.NotifyProgressAsync(token, progress, cancellationToken: cancellationToken);
        return progress.Progress;
    }
}
