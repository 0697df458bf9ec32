using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.Functions.Http;

/// <summary>Writes answers.</summary>
internal static class HttpAnswers
{
    /// <summary>Answers an outcome: its value as JSON, or its failure as a problem.</summary>
    public static Task<HttpResponseData> AnswerAsync<T>(this HttpRequestData request, Outcome<T> outcome, JsonTypeInfo<T> type) =>
        outcome.Failure is { } failure ? throw new ProblemException(Problem.Of(failure)) : request.JsonAsync(HttpStatusCode.OK, outcome.Value, type);

    /// <summary>The value of an outcome; its failure becomes a problem.</summary>
    public static T ValueOrProblem<T>(this Outcome<T> outcome) =>
        outcome.Failure is { } failure ? throw new ProblemException(Problem.Of(failure)) : outcome.Value;

    /// <summary>Answers JSON.</summary>
    public static async Task<HttpResponseData> JsonAsync<T>(this HttpRequestData request, HttpStatusCode status, T value, JsonTypeInfo<T> type)
    {
        HttpResponseData response = request.CreateResponse(status);
        response.Headers.Add("Content-Type", "application/json; charset=utf-8");
        await response.WriteBytesAsync(JsonSerializer.SerializeToUtf8Bytes(value, type));
        return response;
    }

    /// <summary>Answers a problem.</summary>
    public static async Task<HttpResponseData> ProblemAsync(this HttpRequestData request, Problem problem)
    {
        HttpResponseData response = request.CreateResponse((HttpStatusCode)problem.Status);
        response.Headers.Add("Content-Type", "application/problem+json; charset=utf-8");
        if (problem.RetryAfter is { } seconds)
        {
            response.Headers.Add("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
        }

        if (problem.ContentLength is { } length)
        {
            // RFC 9110, section 14.4: "unsatisfied-range".
            response.Headers.Add("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes */{length}"));
        }

        if (problem.Status == (int)HttpStatusCode.Unauthorized)
        {
            response.Headers.Add("WWW-Authenticate", "Bearer");
        }

        await response.WriteBytesAsync(JsonSerializer.SerializeToUtf8Bytes(problem, HttpJsonContext.Api.Problem));
        return response;
    }
}
